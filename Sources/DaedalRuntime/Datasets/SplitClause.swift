import DaedalData
import DaedalSyntax

/// `split train: 0.8, validation: 0.1, test: 0.1` with `by:`, `order:` and `folds:`.
struct SplitClause {
    private let arguments: Arguments
    private let code: [ClauseArgument]
    private let span: Span
    private let context: EvaluationContext

    init(_ arguments: Arguments, _ code: [ClauseArgument], _ span: Span, _ context: EvaluationContext) {
        self.arguments = arguments
        self.code = code
        self.span = span
        self.context = context
    }

    /// The rows of every part.
    func divide(_ source: any RecordSource, count: Int, seed: UInt64) throws(RuntimeFailure) -> [(String, RowSet)] {
        var parts: [Split.Part] = []
        var order = Split.Order.random
        var groups: [Int]?
        var folds: (count: Int, validation: Int)?
        let foldCount = arguments.named.first { $0.name == "folds" }?.value
        if let extra = arguments.positional.first {
            throw RuntimeFailure("E202", "the parts of a split have names: `split train: 0.8, test: 0.2`; this is \(extra.kindWithArticle)", at: span)
        }
        for (name, value) in arguments.named {
            switch name {
            case "by": groups = try groupNumbers(value, source, count)
            case "order": order = try self.order(value, source, count)
            case "folds": break
            case "validation" where foldCount != nil:
                guard case .int(let total)? = foldCount, case .int(let number) = value, total > 1, number >= 0, number < total else {
                    throw RuntimeFailure(
                        "E202", "`folds: 5, validation: 2` takes the number of folds and of one of them, counted from 0", at: place(name))
                }
                folds = (total, number)
            default: parts.append(Split.Part(name, try share(value, name)))
            }
        }
        do throws(DataFailure) {
            if let folds {
                if !parts.contains(where: { $0.share == .rest }) { parts.append(Split.Part("train", .rest)) }
                let split = try Split(count: count, into: parts, order: order, groups: groups, seed: seed)
                let rest = Array(split.rows("train"))
                let pieces = (0..<folds.count).map {
                    Split.Part(String($0), .count((rest.count * ($0 + 1)) / folds.count - (rest.count * $0) / folds.count))
                }
                let inner = try Split(
                    count: rest.count, into: pieces, order: order == .random ? .random : .asIs, groups: groups.map { all in rest.map { all[$0] } },
                    seed: RandomState.mix(seed, 0xF01D))
                var result: [(String, RowSet)] = []
                var train: [Int] = []
                for (piece, rows) in inner.parts where piece != String(folds.validation) { train += rows.map { rest[$0] } }
                result.append(("train", RowSet(train.sorted())))
                result.append(("validation", RowSet(inner.rows(String(folds.validation)).map { rest[$0] })))
                for (name, rows) in split.parts where name != "train" { result.append((name, rows)) }
                return result
            }
            // What the named parts leave is nobody's, unless nothing was said of training.
            if !parts.contains(where: { $0.name == "train" }) { parts.insert(Split.Part("train", .rest), at: 0) }
            return try Split(count: count, into: parts, order: order, groups: groups, seed: seed).parts.map { ($0.name, $0.rows) }
        } catch { throw RuntimeFailure(data: error, at: span) }
    }

    private func place(_ name: String) -> Span { code.first { $0.label == name }?.span ?? span }

    private func share(_ value: Value, _ name: String) throws(RuntimeFailure) -> Split.Share {
        switch value {
        case .float(let fraction): return .fraction(fraction)
        case .int(let count): return .count(count)
        default:
            throw RuntimeFailure("E202", "`\(name)` of a split is a fraction or a count; this is \(value.kindWithArticle)", at: place(name))
        }
    }

    private func field(_ value: Value, _ word: String, _ source: any RecordSource) throws(RuntimeFailure) -> Int {
        let name: String
        switch value {
        case .string(let text): name = text.text
        case .object(let object):
            guard let column = object as? ColumnObject, case .names(let names) = column.selection, let first = names.first else { fallthrough }
            name = first
        default: throw RuntimeFailure("E202", "`\(word)` of a split is the name of a column; this is \(value.kindWithArticle)", at: place(word))
        }
        do throws(DataFailure) { return try source.field(named: name) } catch { throw RuntimeFailure(data: error, at: place(word)) }
    }

    private func groupNumbers(_ value: Value, _ source: any RecordSource, _ count: Int) throws(RuntimeFailure) -> [Int] {
        let field = try field(value, "by", source)
        var numbers: [Vocabulary.Key: Int] = [:]
        var result: [Int] = []
        do throws(DataFailure) {
            for row in 0..<count {
                let value = try source.value(at: row, field: field)
                let key = Vocabulary.Key(value) ?? .text(value.double.map { String($0) } ?? "")
                let number = numbers[key] ?? numbers.count
                numbers[key] = number
                result.append(number)
            }
        } catch { throw RuntimeFailure(data: error, at: span) }
        return result
    }

    private func order(_ value: Value, _ source: any RecordSource, _ count: Int) throws(RuntimeFailure) -> Split.Order {
        if case .bool(let isOrdered) = value { return isOrdered ? .asIs : .random }
        let field = try field(value, "order", source)
        var keys: [Double] = []
        do throws(DataFailure) {
            if source.fields[field].kind == .text {
                // Times written as ISO text sort as text.
                var texts: [String] = []
                for row in 0..<count {
                    if case .text(let text) = try source.value(at: row, field: field) { texts.append(text) } else { texts.append("") }
                }
                let ranks = Dictionary(
                    Set(texts).sorted().enumerated().map { ($0.element, Double($0.offset)) }, uniquingKeysWith: { first, _ in first })
                keys = texts.map { ranks[$0] ?? 0 }
            } else {
                for row in 0..<count { keys.append(try source.value(at: row, field: field).double ?? .nan) }
            }
        } catch { throw RuntimeFailure(data: error, at: span) }
        return .sorted(keys)
    }
}
