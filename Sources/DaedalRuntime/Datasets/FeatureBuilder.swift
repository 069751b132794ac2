import DaedalData
import DaedalSyntax
import DaedalTensor

/// Turns what `input` and `target` say into features of one source, fitting on the training rows what has to be fitted.
struct FeatureBuilder {
    let context: EvaluationContext
    let datasetName: String
    /// The rows that statistics and vocabularies are fitted on.
    let training: (source: any RecordSource, rows: RowSet)
    /// What was fitted so far, by column; shared by the sources of all splits.
    var fitted: [String: Dataset.Fitted] = [:]
    /// The classes of the target, if its values are text.
    private(set) var classes: Vocabulary?
    /// The sources in which classes may appear.
    let sources: [any RecordSource]

    init(_ name: String, training: (any RecordSource, RowSet), sources: [any RecordSource], in context: EvaluationContext) {
        datasetName = name
        self.training = training
        self.sources = sources
        self.context = context
    }

    /// The feature that a clause's value describes.
    mutating func build(_ value: Value, _ source: any RecordSource, isTarget: Bool, at span: Span) throws(RuntimeFailure) -> Feature {
        switch value {
        case .object(let object):
            guard let column = object as? ColumnObject else { break }
            return try build(column, source, isTarget: isTarget)
        case .function, .model:
            if let leaf = RowFunction.bulk(value, source, in: context, at: span) { return Feature(form: .leaf(0), leaves: [.bulk(leaf)]) }
            let stage = ColumnObject.Stage(function: value, arguments: Arguments(), span: span)
            return try computed(source, .row, [stage], salt: isTarget ? 2 : 1)
        case .record(let record):
            var leaves: [Feature.Leaf] = []
            var parts: [Feature.Form] = []
            for field in record.fields {
                let part = try build(field, source, isTarget: isTarget, at: span)
                parts.append(part.form.shifted(by: leaves.count))
                leaves += part.leaves
            }
            return Feature(form: .record(names: record.names, parts), leaves: leaves)
        default: break
        }
        throw RuntimeFailure(
            "E202",
            "`\(isTarget ? "target" : "input")` is `column(…)`, `columns(…)`, a function of the row, or a record of them; this is "
                + value.kindWithArticle, at: span)
    }

    private func computed(
        _ source: any RecordSource, _ argument: ComputedRows.Argument, _ stages: [ColumnObject.Stage], salt: UInt64
    ) throws(RuntimeFailure) -> Feature {
        let key = RandomState.mix(RandomState.hash(datasetName.utf8), salt)
        guard source.count > 0 else { throw RuntimeFailure("E404", "\(source.name): there are no rows", at: stages[0].span) }
        let rows = try ComputedRows(source, argument, stages, key: key, first: 0, in: context)
        return Feature(form: rows.form, leaves: rows.signatures.indices.map { .computed(rows, part: $0) })
    }

    /// Fields by their numbers.
    private func fields(_ column: ColumnObject, _ source: any RecordSource) throws(RuntimeFailure) -> [Int] {
        let count = source.fields.count
        switch column.selection {
        case .range(let range):
            let chosen = range.indices(below: count)
            if let end = range.end, end > count || chosen.isEmpty {
                throw RuntimeFailure("E403", "\(source.name) has \(count) columns, so there are none \(range.start ?? 0)..\(end)", at: column.span)
            }
            return chosen
        case .numbers(let numbers):
            return try numbers.map { (given) throws(RuntimeFailure) in
                let at = given < 0 ? given &+ count : given
                guard at >= 0 && at < count else {
                    throw RuntimeFailure("E403", "\(source.name) has \(count) columns, there is no column \(given)", at: column.span)
                }
                return at
            }
        case .names(let names):
            return try names.map { (name) throws(RuntimeFailure) in
                do throws(DataFailure) { return try source.field(named: name) } catch {
                    let nearest = Suggestion.nearest(to: name, in: source.fields.map(\.name))
                    let failure = RuntimeFailure(data: error, at: column.span)
                    if let nearest { failure.diagnostic.fixes = [.init("did you mean \"\(nearest)\"?")] }
                    throw failure
                }
            }
        }
    }

    private mutating func build(_ column: ColumnObject, _ source: any RecordSource, isTarget: Bool) throws(RuntimeFailure) -> Feature {
        let fields = try fields(column, source)
        let usesVocabulary = column.stages.contains { $0.function.nativeName == "vocabulary" }
        var leaf: BulkLeaf
        if fields.count == 1, usesVocabulary || isTarget && source.fields[fields[0]].kind == .text {
            leaf = BulkLeaf(source: source, fields: fields, transform: nil, type: .i64, shape: .scalar)
            if !usesVocabulary { leaf.vocabulary = (try classVocabulary(source.fields[fields[0]].name, column.span), 0, nil) }
        } else {
            do throws(DataFailure) {
                var shape = try source.rowShape(of: fields)
                if !column.isSingle, shape.rank == 0 { shape = [1] }
                let type = fields.compactMap { source.fields[$0].elementType }.max() ?? .f32
                leaf = BulkLeaf(source: source, fields: fields, transform: nil, type: type, shape: shape)
            } catch {
                let failure = RuntimeFailure(data: error, at: column.span)
                if fields.contains(where: { source.fields[$0].kind == .text }) {
                    failure.diagnostic.notes.append("`|> vocabulary` numbers the values of a column of text")
                }
                throw failure
            }
        }
        var rest = column.stages[...]
        while let stage = rest.first, let next = try apply(stage, to: leaf, column) {
            leaf = next
            rest = rest.dropFirst()
        }
        if rest.isEmpty { return Feature(form: .leaf(0), leaves: [.bulk(leaf)]) }
        return try computed(source, .columns(leaf), Array(rest), salt: isTarget ? 4 : 3)
    }

    /// The leaf after a stage that needs no interpretation; nil for any other function.
    private mutating func apply(_ stage: ColumnObject.Stage, to leaf: BulkLeaf, _ column: ColumnObject) throws(RuntimeFailure) -> BulkLeaf? {
        var leaf = leaf
        switch stage.function.nativeName {
        case "scale":
            guard let by = stage.arguments.positional.first?.number ?? stage.arguments.named.first(where: { $0.name == "by" })?.value.number,
                leaf.vocabulary == nil
            else { return nil }
            let next = Affine(scale: by)
            guard let transform = leaf.transform.map({ $0.followed(by: next) }) ?? next else { return nil }
            leaf.transform = transform
            if !leaf.type.isFloat { leaf.type = .f32 }
        case "reshape":
            guard let shape = reshaped(leaf.shape, stage.arguments) else { return nil }
            leaf.shape = shape
        case "standardize", "normalize":
            let name = leaf.source.fields[leaf.fields[0]].name
            guard leaf.vocabulary == nil, leaf.transform?.scale.allSatisfy({ $0 > 0 }) ?? true else {
                throw RuntimeFailure("E314", "`\(stage.function.nativeName ?? "")` stands before other functions", at: stage.span)
            }
            let key = leaf.fields.count == 1 ? name : "\(name)…\(leaf.fields.count)"
            let statistics: ColumnStatistics
            if case .statistics(let known)? = fitted[key] {
                statistics = known
            } else {
                do throws(DataFailure) {
                    statistics = try ColumnStatistics.fit(training.source, fields: leaf.fields, rows: training.rows)
                } catch { throw RuntimeFailure(data: error, at: stage.span) }
                fitted[key] = .statistics(statistics)
            }
            leaf.transform = stage.function.nativeName == "standardize" ? statistics.standardizing : statistics.normalizing
            if !leaf.type.isFloat { leaf.type = .f32 }
        case "vocabulary":
            let name = leaf.source.fields[leaf.fields[0]].name
            var known = false
            if case .bool(true)? = stage.arguments.named.first(where: { $0.name == "unknown" })?.value { known = true }
            let vocabulary: Vocabulary
            if case .vocabulary(let found, _)? = fitted[name] {
                vocabulary = found
            } else {
                do throws(DataFailure) {
                    vocabulary = try Vocabulary.fit(training.source, field: leaf.fields[0], rows: training.rows)
                } catch { throw RuntimeFailure(data: error, at: stage.span) }
            }
            // 0 is padding in every vocabulary; with `unknown`, 1 is the unknown value.
            let offset = known ? 2 : 1
            fitted[name] = .vocabulary(vocabulary, offset: offset)
            leaf.vocabulary = (vocabulary, offset, known ? 1 : nil)
        default: return nil
        }
        return leaf
    }

    private func reshaped(_ shape: Shape, _ arguments: Arguments) -> Shape? {
        var items = arguments.positional
        if items.count == 1, case .list(let list) = items[0] { items = list.items }
        guard arguments.named.isEmpty, let count = shape.elementCount, items.count < Shape.maximumRank else { return nil }
        var sizes: [Int] = []
        for item in items {
            guard case .int(let size) = item, size >= -1, size <= Size.maximum else { return nil }
            sizes.append(size)
        }
        if let open = sizes.firstIndex(of: -1) {
            let known = sizes.filter { $0 != -1 }
            guard known.count == sizes.count - 1 else { return nil }
            let product = known.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
            guard product > 0, count % product == 0 else { return nil }
            sizes[open] = count / product
        }
        let result = Shape(sizes)
        // A shape that does not fit is called as a function, which says so in its own words.
        return result.elementCount == count ? result : nil
    }

    private mutating func classVocabulary(_ name: String, _ span: Span) throws(RuntimeFailure) -> Vocabulary {
        if let classes { return classes }
        do throws(DataFailure) {
            var keys: Set<Vocabulary.Key> = []
            for source in sources {
                guard let field = source.fieldNames.index(of: name) else { continue }
                keys.formUnion(try Vocabulary.fit(source, field: field, rows: 0..<source.count).keys)
            }
            let vocabulary = Vocabulary(keys: keys.sorted())
            classes = vocabulary
            return vocabulary
        } catch { throw RuntimeFailure(data: error, at: span) }
    }
}

extension Feature.Form {
    /// The form with later leaves.
    func shifted(by count: Int) -> Feature.Form {
        switch self {
        case .leaf(let index): .leaf(index + count)
        case .record(let names, let parts): .record(names: names, parts.map { $0.shifted(by: count) })
        case .list(let parts): .list(parts.map { $0.shifted(by: count) })
        }
    }
}

extension Value {
    /// The name of a native function (with options set or not).
    var nativeName: String? {
        guard case .function(let function) = self else { return nil }
        return (function as? NativeFunction)?.name
    }
}
