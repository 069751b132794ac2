import DaedalGraph
import Foundation
import Testing

/// docs/precision.md says of every primitive what its table of bounds says, no more and no less.
@Suite struct PrecisionPageTests {
    /// A row of the page's table.
    struct Row: CustomStringConvertible {
        let operations: String
        let single: String
        let double: String
        var description: String { "| \(operations) | \(single) | \(double) |" }

        /// The words that a script writes.
        var words: [String] {
            operations.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
                .flatMap { $0.element.split(separator: " ").map(String.init) }
        }
        /// Whether it speaks of an operation: by its word, or in words.
        func names(_ operation: Operation) -> Bool {
            operation.isWord
                ? words.contains(operation.name) : operations.components(separatedBy: ", ").contains { $0.hasPrefix(operation.name) }
        }
    }

    /// An operation as the page calls it, with its bounds.
    struct Operation {
        let name: String
        var isWord = true
        let single: ErrorBound
        /// Nil where there is none.
        let double: ErrorBound?
    }

    let page: String
    let rows: [Row]

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        page = String(decoding: try Data(contentsOf: root.appendingPathComponent("docs/precision.md")), as: UTF8.self)
        rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2).map { line in
            let cells = line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            return Row(operations: cells[0], single: cells[1], double: cells[2])
        }
    }

    /// What the page calls a primitive where its word is not enough.
    private static func phrase(_ primitive: Primitive) -> String? {
        switch primitive {
        case .windowSum, .windowSumScatter: "average pooling"
        case .windowMaximumScatter: "the gradient of max pooling"
        case .convolution, .convolutionInputGradient, .convolutionWeightGradient: "convolutions but the next"
        default: nil
        }
    }

    /// Every primitive in every variant that has a bound of its own. Of convolutions the plain form: the others are forms, not primitives.
    private static var operations: [(primitive: Primitive, operation: Operation)] {
        Primitive.allCases.flatMap { primitive -> [(Primitive, Operation)] in
            func made(_ name: String, _ attributes: Attributes = .none) -> (Primitive, Operation) {
                let isConvolution = phrase(primitive)?.hasPrefix("convolutions") ?? false
                let single = isConvolution ? ProductForm.plain.bound : primitive.bound(.f32, attributes)
                let double = primitive == .random ? nil : primitive.bound(.f64, attributes)
                return (primitive, Operation(name: name, isWord: phrase(primitive) == nil, single: single, double: double))
            }
            switch primitive {
            case .random: return [made("uniform", .random(.uniform)), made("normal", .random(.normal))]
            case .scatter:
                let modes: [(String, ScatterMode)] = [("put", .set), ("put", .maximum), (primitive.spelling, .add)]
                return modes.map { made($0.0, .scatter(axis: 0, mode: $0.1)) }
            default: return [made(phrase(primitive) ?? primitive.spelling)]
            }
        }
    }

    /// A bound as the page prints it.
    private static func text(_ bound: ErrorBound?, of name: String) -> String {
        func text(_ number: Double) -> String {
            number == number.rounded() ? "\(Int(number))" : "\(number)".replacingOccurrences(of: "e-0", with: "e-")
        }
        return switch bound {
        case nil: ""
        case .exact: "rounded once"
        case .units(let units): "\(text(units)) ulp"
        case .absolute(let distance): text(distance)
        // The one term of a product is the product.
        case .terms: name == Primitive.product.spelling ? "n u of the result" : "n u Σ"
        case .largestTerms(let base, let each): "(\(text(base)) + n / \(text(1 / each))) u times the largest Σ"
        case .weightedTerms(let base, let each): "(\(text(base)) + \(text(each)) s) u Σ"
        case .composed: "What is composed of these"
        }
    }

    @Test func everyBoundIsOnThePage() throws {
        let rest = try #require(rows.first)
        #expect(rest.operations.hasSuffix("everything that moves, picks, sorts or compares"))
        for (primitive, operation) in Self.operations {
            if operation.single == .composed {
                #expect(page.contains(Self.text(.composed, of: "")))
                continue
            }
            let single = Self.text(operation.single, of: operation.name), double = Self.text(operation.double, of: operation.name)
            let named = rows.filter { $0.names(operation) }
            if operation.single == .exact, operation.double ?? .exact == .exact {
                #expect(named.allSatisfy { $0.operations == rest.operations }, "\(primitive) is exact: \(named)")
                #expect(rest.single == single && rest.double == single, "\(rest)")
                continue
            }
            #expect(named.count == 1, "\(primitive): `\(operation.name)` has \(named.count) rows")
            let isRight = named.allSatisfy { $0.single == single && $0.double == double }
            #expect(isRight, "\(primitive): \(single), \(double); on the page \(named)")
        }
    }

    @Test func everyFormIsOnThePage() {
        let phrases: [(ProductForm, String)] = [
            (.winogradOfTwo, "3 × 3 convolutions of at least 16 channels"), (.winogradOfFour, "the same in training"), (.attention, "attention"),
            (.attentionGradient, "attention (softmax of products, times values) and its gradients"),
        ]
        #expect(Set(phrases.map(\.0)).union([.plain]) == Set(ProductForm.allCases))
        for (form, phrase) in phrases {
            let named = rows.filter { $0.operations.hasPrefix(phrase) }
            #expect(named.count == 1 && named.allSatisfy { $0.single.hasPrefix(Self.text(form.bound, of: "")) }, "\(form): \(form.bound), \(named)")
        }
        #expect(Primitive.convolution.bound(.f32, isPrecise: true) == ProductForm.winogradOfTwo.bound)
        #expect(Primitive.convolution.bound(.f32) == ProductForm.winogradOfFour.bound)
    }

    @Test func thePageNamesNothingElse() {
        let operations = Self.operations.map(\.operation), forms = ["3 × 3 convolutions", "the same in training", "attention"]
        for row in rows {
            for word in row.words {
                let known = operations.filter { $0.isWord && $0.name == word }
                #expect(!known.isEmpty || word == "--precise", "\(row): nothing is spelled `\(word)`")
                #expect(known.isEmpty || known.contains { Self.text($0.single, of: word) == row.single }, "\(row): `\(word)` has another bound")
            }
            let isKnown = operations.contains { row.names($0) } || forms.contains { row.operations.hasPrefix($0) }
            #expect(isKnown, "\(row) is about nothing that there is")
        }
    }
}
