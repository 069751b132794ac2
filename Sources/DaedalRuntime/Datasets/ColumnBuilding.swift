import DaedalData
import DaedalSyntax
import DaedalTensor

/// Carries out what a clause says of columns: which, and what `|>` does to them, one stage after the other.
struct ColumnBuilding {
    private let column: ColumnObject
    private let isTarget: Bool
    /// What the stages so far have made: a leaf, or one field as it stands.
    private enum State {
        case field(Int)
        case leaf(Feature.Leaf)
    }
    /// Words that learn from the training rows, or take neighbouring rows together.
    private static let tokenizers: Set<String> = ["characters", "words", "byte_pairs", "wordpiece"]
    static let fitting = tokenizers.union(["standardize", "normalize", "vocabulary", "windows"])

    init(_ column: ColumnObject, isTarget: Bool) {
        self.column = column
        self.isTarget = isTarget
    }

    /// The feature of these columns.
    func feature(_ builder: inout FeatureBuilder) throws(RuntimeFailure) -> Feature {
        let fields = try self.fields(builder.source)
        let name = builder.source.fields[fields[0]].name
        let key = fields.count == 1 ? name : "\(name)…\(fields.count)"
        var state = try start(fields, builder)
        var rest = column.stages[...]
        while let stage = rest.first {
            let word = stage.function.nativeName ?? ""
            if let next = try apply(stage, word, state, key, &builder) {
                state = next
                rest = rest.dropFirst()
                continue
            }
            guard let fit = rest.firstIndex(where: { Self.fitting.contains($0.function.nativeName ?? "") }) else {
                let stages = stages(from: rest)
                switch state {
                case .field(let field): return try computedText(field, stages, &builder)
                case .leaf(let leaf): return try builder.computed(.example(leaf), stages, salt: isTarget ? 4 : 3)
                }
            }
            if case .leaf(.bulk(let leaf)) = state, leaf.window != nil {
                throw RuntimeFailure("E314", "`\(rest[fit].function.nativeName ?? "")` stands before `windows`", at: rest[fit].span)
            }
            // What functions give becomes a column of its own, which can be fitted.
            let argument: RowCalculation.Argument =
                switch state {
                case .field(let field): .field(field)
                case .leaf(let leaf): .example(leaf)
                }
            state = try start([try builder.derive(name, argument, stages(from: rest[..<fit]))], builder)
            rest = rest[fit...]
        }
        switch state {
        case .leaf(let leaf): return Feature(form: .leaf(0), leaves: [leaf])
        case .field(let field): return try finish(field, &builder)
        }
    }

    private func stages(from slice: ArraySlice<ColumnObject.Stage>) -> [ColumnObject.Stage] { Array(slice) }

    /// What functions make of a column of text: numbers, or texts again, which can be classes of a target.
    private func computedText(_ field: Int, _ stages: [ColumnObject.Stage], _ builder: inout FeatureBuilder) throws(RuntimeFailure) -> Feature {
        let argument = RowCalculation.Argument.field(field)
        if isTarget {
            let made = try builder.derive(builder.source.fields[field].name, argument, stages)
            if builder.source.fields[made].kind == .text { return try finish(made, &builder) }
        }
        return try builder.computed(argument, stages, salt: isTarget ? 4 : 3)
    }

    /// A field without any stage left: numbers as they are, texts of a target as classes, lists as rows of different lengths.
    private func finish(_ field: Int, _ builder: inout FeatureBuilder) throws(RuntimeFailure) -> Feature {
        let described = builder.source.fields[field]
        if isTarget, described.kind == .text {
            let vocabulary = try builder.classVocabulary(described.name, column.span)
            var leaf = BulkLeaf(source: builder.source, fields: [field], transform: nil, type: .i64, shape: .scalar)
            leaf.vocabulary = (vocabulary, 0, nil)
            return Feature(form: .leaf(0), leaves: [.bulk(leaf)])
        }
        do throws(DataFailure) { throw try builder.source.notNumeric(field) } catch {
            let failure = RuntimeFailure(data: error, at: column.span)
            if described.kind == .text {
                failure.diagnostic.notes.append("`|> vocabulary` numbers the values of a column of text, `|> words` and other tokenizers its parts")
            }
            throw failure
        }
    }

    /// Fields by their numbers.
    private func fields(_ source: any RecordSource) throws(RuntimeFailure) -> [Int] {
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

    /// The columns before any stage.
    private func start(_ fields: [Int], _ builder: FeatureBuilder) throws(RuntimeFailure) -> State {
        let source = builder.source
        if fields.count == 1 {
            switch source.fields[fields[0]].kind {
            case .text: return .field(fields[0])
            case .any: return try ragged(fields[0], builder).map { .leaf(.ragged($0)) } ?? .field(fields[0])
            case .bool, .integer, .real, .tensor: break
            }
        }
        do throws(DataFailure) {
            var shape = try source.rowShape(of: fields)
            if !column.isSingle, shape.rank == 0 { shape = [1] }
            let type = fields.compactMap { source.fields[$0].elementType }.max() ?? .f32
            return .leaf(.bulk(BulkLeaf(source: source, fields: fields, transform: nil, type: type, shape: shape)))
        } catch {
            let failure = RuntimeFailure(data: error, at: column.span)
            if fields.contains(where: { source.fields[$0].kind == .text }) {
                failure.diagnostic.notes.append("`|> vocabulary` numbers the values of a column of text")
            }
            throw failure
        }
    }

    /// A column of lists of numbers; nil where other things stand in it.
    private func ragged(_ field: Int, _ builder: FeatureBuilder) throws(RuntimeFailure) -> RaggedLeaf? {
        var type: ElementType?, item: Shape?
        let source = builder.source
        if let known = source.steps(of: field) {
            return RaggedLeaf(source: source, field: field, steps: .numbers, type: known.type, item: known.item, pad: builder.pad)
        }
        do throws(DataFailure) {
            for row in 0..<source.count {
                switch try source.value(at: row, field: field) {
                case .missing: continue
                case .list(let items) where items.isEmpty: continue
                case .tensor(let tensor) where tensor.shape.rank > 0:
                    type = max(type ?? tensor.type, tensor.type)
                    if tensor.count == 0 && item != nil { continue }
                    // Rows that differ in more than their length (images of all sizes) are given to functions as they are.
                    if let item, tensor.shape.removing(axis: 0) != item { return nil }
                    item = tensor.shape.removing(axis: 0)
                default: return nil
                }
            }
        } catch { throw RuntimeFailure(data: error, at: column.span) }
        guard let type, let item else { return nil }
        return RaggedLeaf(source: source, field: field, steps: .numbers, type: type, item: item, pad: builder.pad)
    }

    // MARK: Stages

    /// The state after a stage that needs no interpretation; nil for any other function.
    private func apply(
        _ stage: ColumnObject.Stage, _ word: String, _ state: State, _ key: String, _ builder: inout FeatureBuilder
    ) throws(RuntimeFailure) -> State? {
        switch state {
        case .field(let field):
            if word == "vocabulary" { return .leaf(try vocabulary(field, stage, key, &builder)) }
            if Self.tokenizers.contains(word) {
                let tokenizer = try tokenizer(word, field, stage, key, &builder)
                return .leaf(
                    .ragged(RaggedLeaf(source: builder.source, field: field, steps: .tokens(tokenizer), pad: builder.pad)))
            }
            guard Self.fitting.contains(word) else { return nil }
            if word == "windows" {
                throw RuntimeFailure(
                    "E314", "`windows` takes a column of numbers; `|> vocabulary |> windows(…)` numbers values first", at: stage.span)
            }
            do throws(DataFailure) { throw try builder.source.notNumeric(field) } catch { throw RuntimeFailure(data: error, at: column.span) }
        case .leaf(.ragged(let leaf)):
            if word == "vocabulary", leaf.item.rank == 0, leaf.type.isInteger { return .leaf(try vocabulary(leaf.field, stage, key, &builder)) }
            if word == "scale", let by = stage.number("by"), case .numbers = leaf.steps {
                var next = leaf
                next.transform = leaf.transform.map { $0.followed(by: Affine(scale: by)) } ?? Affine(scale: by)
                if !next.type.isFloat { next.type = .f32 }
                return .leaf(.ragged(next))
            }
            if Self.fitting.contains(word) {
                throw RuntimeFailure("E314", "`\(word)` takes one value a row; `\(key)` holds lists", at: stage.span)
            }
            return nil
        case .leaf(.computed): return nil
        case .leaf(.bulk(let leaf)): return try apply(stage, word, leaf, key, &builder)
        }
    }

    private func apply(
        _ stage: ColumnObject.Stage, _ word: String, _ leaf: BulkLeaf, _ key: String, _ builder: inout FeatureBuilder
    ) throws(RuntimeFailure) -> State? {
        var leaf = leaf
        if leaf.window != nil, Self.fitting.contains(word) {
            throw RuntimeFailure("E314", "`\(word)` stands before `windows`", at: stage.span)
        }
        switch word {
        case "scale":
            guard let by = stage.number("by"), leaf.vocabulary == nil else { return nil }
            let next = Affine(scale: by)
            guard let transform = leaf.transform.map({ $0.followed(by: next) }) ?? next else { return nil }
            leaf.transform = transform
            if !leaf.type.isFloat { leaf.type = .f32 }
        case "reshape":
            guard let shape = reshaped(leaf.shape, stage.arguments) else { return nil }
            leaf.shape = shape
        case "standardize", "normalize":
            let statistics = try statistics(leaf, stage, key, &builder)
            guard let next = word == "standardize" ? statistics.standardizing : statistics.normalizing else { return nil }
            leaf.transform = next
            if !leaf.type.isFloat { leaf.type = .f32 }
        case "vocabulary":
            guard leaf.fields.count == 1, leaf.transform == nil, leaf.shape.rank == 0 else {
                throw RuntimeFailure("E314", "`vocabulary` numbers the values of one column, before anything is done to them", at: stage.span)
            }
            return .leaf(try vocabulary(leaf.fields[0], stage, key, &builder))
        case "windows":
            let window = try WindowExtent.window(stage)
            guard let count = Size(exactly: window.count), leaf.shape.rank + 1 < Shape.maximumRank else {
                throw RuntimeFailure("E506", "a window of \(window.count) rows is too large", at: stage.span)
            }
            leaf.window = window
            leaf.shape = leaf.shape.inserting(count, at: 0)
        case "characters", "words", "byte_pairs", "wordpiece":
            throw RuntimeFailure("E314", "`\(word)` takes a column of text; `\(key)` holds numbers", at: stage.span)
        default: return nil
        }
        return .leaf(.bulk(leaf))
    }

    /// The mean and spread of columns over the training rows.
    private func statistics(
        _ leaf: BulkLeaf, _ stage: ColumnObject.Stage, _ key: String, _ builder: inout FeatureBuilder
    ) throws(RuntimeFailure) -> ColumnStatistics {
        let word = stage.function.nativeName ?? ""
        guard leaf.vocabulary == nil else { throw RuntimeFailure("E314", "`\(word)` takes numbers; these are numbers of values", at: stage.span) }
        // What was scaled before has the same standard form.
        if case .statistics(let known, _)? = builder.fitted[key] {
            builder.fitted[key] = .statistics(known, isStandardizing: word == "standardize")
            return known
        }
        let fields = leaf.fields, source = builder.trainingSource
        do throws(DataFailure) {
            let own = try fields.map { (field) throws(DataFailure) in try source.field(named: leaf.source.fields[field].name) }
            let found = try ColumnStatistics.fit(source, fields: own, rows: builder.training.rows)
            builder.fitted[key] = .statistics(found, isStandardizing: word == "standardize")
            // Each of several columns can be asked for by its name too.
            if fields.count > 1, found.width == fields.count {
                for (at, field) in fields.enumerated() where builder.fitted[leaf.source.fields[field].name] == nil {
                    builder.fitted[leaf.source.fields[field].name] = .statistics(found.part(at), isStandardizing: word == "standardize")
                }
            }
            return found
        } catch { throw RuntimeFailure(data: error, at: stage.span) }
    }

    /// The numbers of a column's values, or of the values in its lists.
    private func vocabulary(
        _ field: Int, _ stage: ColumnObject.Stage, _ key: String, _ builder: inout FeatureBuilder
    ) throws(RuntimeFailure) -> Feature.Leaf {
        var keepsUnknown = false
        if case .bool(true)? = stage.option("unknown") { keepsUnknown = true }
        let source = builder.trainingSource
        let vocabulary: Vocabulary
        if case .vocabulary(let known, _)? = builder.fitted[key] {
            vocabulary = known
        } else {
            do throws(DataFailure) {
                let own = try source.field(named: builder.source.fields[field].name)
                vocabulary = try Vocabulary.fit(source, field: own, rows: builder.training.rows, most: try most(stage))
            } catch { throw RuntimeFailure(data: error, at: stage.span) }
        }
        // 0 is padding in every vocabulary; with `unknown`, 1 is the unknown value.
        let offset = keepsUnknown ? 2 : 1
        builder.fitted[key] = .vocabulary(vocabulary, offset: offset)
        if case .any = builder.source.fields[field].kind {
            return .ragged(
                RaggedLeaf(
                    source: builder.source, field: field, steps: .keys(vocabulary, offset: offset, unknown: keepsUnknown ? 1 : nil), pad: builder.pad)
            )
        }
        var leaf = BulkLeaf(source: builder.source, fields: [field], transform: nil, type: .i64, shape: .scalar)
        leaf.vocabulary = (vocabulary, offset, keepsUnknown ? 1 : nil)
        return .bulk(leaf)
    }

    private func most(_ stage: ColumnObject.Stage) throws(DataFailure) -> Int? {
        guard case .int(let most)? = stage.option("most") else { return nil }
        guard most > 0 else { throw DataFailure(.unfit, "`most` is a number of values above 0") }
        return most
    }

    /// A tokenizer for a column of text, learned from the training rows or read from a file.
    private func tokenizer(
        _ word: String, _ field: Int, _ stage: ColumnObject.Stage, _ key: String, _ builder: inout FeatureBuilder
    ) throws(RuntimeFailure) -> any Tokenizer {
        if case .tokenizer(let known)? = builder.fitted[key] { return known }
        let tokenizer: any Tokenizer
        do throws(DataFailure) {
            switch word {
            case "wordpiece":
                guard case .string(let path)? = stage.option("path") ?? stage.arguments.positional.first else {
                    throw DataFailure(.unfit, "`wordpiece` takes the path of a vocabulary, one token a line")
                }
                tokenizer = try WordPieceTokenizer(opening: path.text, from: builder.context.session.host.files)
            case "byte_pairs":
                guard case .int(let size)? = stage.option("size") ?? stage.arguments.positional.first, size >= 260, size <= 1 << 20 else {
                    throw DataFailure(.unfit, "`byte_pairs(size: 8000)` takes the number of tokens in all: four marks, the 256 bytes, and pairs")
                }
                tokenizer = BytePairTokenizer(fit: try texts(field, builder), size: size)
            default:
                let given = stage.option("most") ?? stage.arguments.positional.first
                var most: Int?
                if let given, case .none = given {
                } else if let given {
                    guard case .int(let count) = given, count > 0 else { throw DataFailure(.unfit, "`most` is a number of tokens above 0") }
                    most = count
                }
                tokenizer = PieceTokenizer(word == "words" ? .words : .characters, fit: try texts(field, builder), most: most)
            }
        } catch { throw RuntimeFailure(data: error, at: stage.span) }
        builder.fitted[key] = .tokenizer(tokenizer)
        return tokenizer
    }

    /// The texts of the training rows.
    private func texts(_ field: Int, _ builder: FeatureBuilder) throws(DataFailure) -> [String] {
        let source = builder.trainingSource
        let own = try source.field(named: builder.source.fields[field].name)
        var texts: [String] = []
        for row in builder.training.rows { if case .text(let text) = try source.value(at: row, field: own) { texts.append(text) } }
        return texts
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
}

extension ColumnObject.Stage {
    /// An option by name, given in the call or set before.
    func option(_ name: String) -> Value? { arguments.named.first { $0.name == name }?.value ?? preset.first { $0.name == name }?.value }

    /// A number given by name or by position.
    func number(_ name: String) -> Double? { (arguments.positional.first ?? option(name))?.number }
}
