import DaedalData
import DaedalSyntax

/// `split train: 0.8, validation: 0.1, test: 0.1` with `by:`, `order:` and `folds:`.
struct SplitClause {
    private let given: DatasetRecipe.Given
    private let context: EvaluationContext

    init(_ given: DatasetRecipe.Given, _ context: EvaluationContext) {
        self.given = given
        self.context = context
    }

    var span: Span { given.span }

    /// Whether rows that follow each other may go to different splits: then hardly a window is whole.
    func isRandom(ofWindows: WindowExtent) -> Bool {
        if isSaid("by") { return false }
        if case .bool(false)? = given.option("order") { return true }
        return !isSaid("order")
    }

    private func isSaid(_ option: String) -> Bool {
        guard let value = given.option(option) else { return false }
        if case .none = value { return false }
        return true
    }

    /// The order of a source in which the rows of a group follow each other in time, nil for the order they have; and the group of each row in it.
    func sequence(_ source: any RecordSource) throws(RuntimeFailure) -> (order: RowSet?, groups: [Int]?) {
        let groups = isSaid("by") ? try groupNumbers(given.option("by") ?? .none, source, source.count) : nil
        var keys: [Double]?
        if let value = given.option("order"), case .sorted(let found) = try order(value, source, source.count) { keys = found }
        guard groups != nil || keys != nil else { return (nil, nil) }
        let sorted = (0..<source.count).sorted { a, b in
            if let groups, groups[a] != groups[b] { return groups[a] < groups[b] }
            if let keys, keys[a] != keys[b], !(keys[a].isNaN && keys[b].isNaN) { return keys[b].isNaN || keys[a] < keys[b] }
            return a < b
        }
        let isAsIs = sorted.elementsEqual(0..<source.count)
        return (isAsIs ? nil : RowSet(sorted), groups.map { all in sorted.map { all[$0] } })
    }

    /// The rows of every part. `isSorted` says that the source has been put in the order asked for.
    func divide(_ source: any RecordSource, count: Int, seed: UInt64, isSorted: Bool = false) throws(RuntimeFailure) -> [(String, RowSet)] {
        var parts: [Split.Part] = []
        var order = Split.Order.random
        var groups: [Int]?
        var folds: (count: Int, validation: Int)?
        let foldCount = given.option("folds")
        if let extra = given.arguments.positional.first {
            throw RuntimeFailure("E202", "the parts of a split have names: `split train: 0.8, test: 0.2`; this is \(extra.kindWithArticle)", at: span)
        }
        for (name, value) in given.arguments.named {
            if case .none = value { continue }
            switch name {
            case "by": groups = try groupNumbers(value, source, count)
            case "order":
                order = try self.order(value, source, count)
                if isSorted, case .sorted = order { order = .asIs }
            case "folds": break
            case "seed": break
            case "validation" where foldCount.map({ if case .none = $0 { false } else { true } }) ?? false:
                guard case .int(let total)? = foldCount, case .int(let number) = value, total > 1, number >= 0, number < total else {
                    throw RuntimeFailure(
                        "E202", "`folds: 5, validation: 2` takes the number of folds and of one of them, counted from 0", at: given.place(name))
                }
                folds = (total, number)
            default: parts.append(Split.Part(name, try share(value, name)))
            }
        }
        if case .int? = foldCount, folds == nil {
            throw RuntimeFailure("E202", "`folds: 5` needs `validation:`, the number of the fold to validate on", at: given.place("folds"))
        }
        do throws(DataFailure) {
            if let folds { return try divide(folds, parts, order, groups, count: count, seed: seed) }
            // What the named parts leave is nobody's, unless nothing was said of training.
            if !parts.contains(where: { $0.name == "train" }) { parts.insert(Split.Part("train", .rest), at: 0) }
            return try Split(count: count, into: parts, order: order, groups: groups, seed: seed).parts.map { ($0.name, $0.rows) }
        } catch { throw RuntimeFailure(data: error, at: span) }
    }

    /// Folds over what other parts leave: one validates, the others train.
    private func divide(
        _ folds: (count: Int, validation: Int), _ parts: [Split.Part], _ order: Split.Order, _ groups: [Int]?, count: Int, seed: UInt64
    ) throws(DataFailure) -> [(String, RowSet)] {
        var parts = parts
        // The earliest rows are the folds', the latest are kept for the test.
        if !parts.contains(where: { $0.share == .rest }) { parts.insert(Split.Part("train", .rest), at: 0) }
        let split = try Split(count: count, into: parts, order: order, groups: groups, seed: seed)
        let rest = Array(split.rows("train"))
        guard rest.count >= folds.count else { throw DataFailure(.unfit, "\(rest.count) rows do not make \(folds.count) folds") }
        let pieces = (0..<folds.count).map {
            Split.Part(String($0), .count((rest.count * ($0 + 1)) / folds.count - (rest.count * $0) / folds.count))
        }
        let inner = try Split(
            count: rest.count, into: pieces, order: order == .random ? .random : .asIs, groups: groups.map { all in rest.map { all[$0] } },
            seed: RandomState.mix(seed, 0xF01D))
        var result: [(String, RowSet)] = []
        var train: [Int] = []
        for (piece, rows) in inner.parts where piece != String(folds.validation) { train += rows.map { rest[$0] } }
        result.append(("train", RowSet(order == .random ? train.sorted() : train)))
        result.append(("validation", RowSet(inner.rows(String(folds.validation)).map { rest[$0] })))
        for (name, rows) in split.parts where name != "train" { result.append((name, rows)) }
        return result
    }

    private func share(_ value: Value, _ name: String) throws(RuntimeFailure) -> Split.Share {
        switch value {
        case .float(let fraction): return .fraction(fraction)
        case .int(let count): return .count(count)
        default:
            throw RuntimeFailure("E202", "`\(name)` of a split is a fraction or a count; this is \(value.kindWithArticle)", at: given.place(name))
        }
    }

    private func field(_ value: Value, _ word: String, _ source: any RecordSource) throws(RuntimeFailure) -> Int {
        let name: String
        switch value {
        case .string(let text): name = text.text
        case .int(let number) where source.fields.indices.contains(number): return number
        case .object(let object):
            guard let column = object as? ColumnObject, case .names(let names) = column.selection, let first = names.first else { fallthrough }
            name = first
        default: throw RuntimeFailure("E202", "`\(word)` of a split is the name of a column; this is \(value.kindWithArticle)", at: given.place(word))
        }
        do throws(DataFailure) { return try source.field(named: name) } catch { throw RuntimeFailure(data: error, at: given.place(word)) }
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
