import DaedalData
import DaedalSyntax
import DaedalTensor

/// Turns what `input` and `target` say into features of one source, fitting on the training rows what has to be fitted.
struct FeatureBuilder {
    let context: EvaluationContext
    let datasetName: String
    /// The sources of all splits, with the columns that were added so far.
    private(set) var sources: [any RecordSource]
    /// The source, by number, and the rows that statistics and vocabularies are fitted on.
    let training: (source: Int, rows: RowSet)
    /// What fills shorter rows up, if the dataset says so.
    let pad: Double?
    /// What was fitted so far, by column; shared by the sources of all splits.
    var fitted: [String: Dataset.Fitted] = [:]
    /// The classes of the target, or of its parts, where their values are text: by column.
    private(set) var classes: [(column: String, vocabulary: Vocabulary)] = []
    /// The columns that were added, in order.
    private(set) var derived: [DerivedColumn] = []
    /// Columns that were added for a column's stages, by the place of the last of them: other sources find them again.
    private var derivedNames: [Span: String] = [:]
    /// The source that features are built for, and rows of it that have examples.
    private var at = 0
    private var first = RowSet()

    init(
        _ name: String, sources: [any RecordSource], training: (source: Int, rows: RowSet), pad: Double?, in context: EvaluationContext
    ) {
        datasetName = name
        self.sources = sources
        self.training = training
        self.pad = pad
        self.context = context
    }

    /// The source that features are built for.
    var source: any RecordSource { sources[at] }

    /// Goes on to the features of a source; functions show on `first` what they give.
    mutating func begin(_ source: Int, first: RowSet) {
        at = source
        self.first = first
    }

    // MARK: Columns of one's own

    /// `field name = f`: a column that a function of the row gives.
    mutating func addField(_ name: String, _ function: Value, at span: Span) throws(RuntimeFailure) {
        let key = RandomState.mix(RandomState.hash(datasetName.utf8), RandomState.hash(name.utf8))
        let stage = ColumnObject.Stage(function: function, arguments: Arguments(), span: span)
        try add(DerivedColumn(name: name, calculation: RowCalculation(source: source, argument: .row, functions: [stage], key: key)))
    }

    /// Adds a column to every source.
    private mutating func add(_ column: DerivedColumn) throws(RuntimeFailure) {
        for at in sources.indices { sources[at] = try column.added(to: sources[at], in: context) }
        derived.append(column)
    }

    /// The number of a column that holds what functions give of another; made when it is first asked for.
    mutating func derive(
        _ name: String, _ argument: RowCalculation.Argument, _ functions: [ColumnObject.Stage]
    ) throws(RuntimeFailure) -> Int {
        let place = functions.last?.span ?? .none
        let known = derivedNames[place]
        let column = known ?? "\(name)|\(derived.count)"
        if known == nil {
            let key = RandomState.mix(RandomState.hash(datasetName.utf8), RandomState.hash(column.utf8))
            try add(
                DerivedColumn(
                    name: column, calculation: RowCalculation(source: source, argument: argument, functions: functions, key: key)))
            derivedNames[place] = column
        }
        do throws(DataFailure) { return try source.field(named: column) } catch { throw RuntimeFailure(data: error, at: place) }
    }

    // MARK: Features

    /// The feature that a clause's value describes.
    mutating func build(_ value: Value, isTarget: Bool, at span: Span) throws(RuntimeFailure) -> Feature {
        switch value {
        case .object(let object):
            if let column = object as? ColumnObject { return try ColumnBuilding(column, isTarget: isTarget).feature(&self) }
        case .function, .model: return try function(value, isTarget: isTarget, at: span)
        case .record(let record):
            var leaves: [Feature.Leaf] = []
            var parts: [Feature.Form] = []
            for field in record.fields {
                let part = try build(field, isTarget: isTarget, at: span)
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

    /// A function of the row: a gather where it only picks and scales fields, else called row by row.
    private mutating func function(_ value: Value, isTarget: Bool, at span: Span) throws(RuntimeFailure) -> Feature {
        switch RowFunction.recognized(value, source, in: context, at: span) {
        case .leaf(let leaf)?: return Feature(form: .leaf(0), leaves: [.bulk(leaf)])
        case .field(let field)?:
            return try ColumnBuilding(ColumnObject(.numbers([field]), isSingle: true, at: span), isTarget: isTarget).feature(&self)
        case nil: break
        }
        let stage = ColumnObject.Stage(function: value, arguments: Arguments(), span: span)
        if isTarget, let row = first.first {
            let key = RandomState.mix(RandomState.hash(datasetName.utf8), 2)
            let calculation = RowCalculation(source: source, argument: .row, functions: [stage], key: key)
            if case .string = try calculation.value(row, in: context) {
                let field = try derive("target", .row, [stage])
                return try ColumnBuilding(ColumnObject(.numbers([field]), isSingle: true, at: span), isTarget: true).feature(&self)
            }
        }
        return try computed(.row, [stage], salt: isTarget ? 2 : 1)
    }

    /// What functions give, row by row.
    func computed(_ argument: RowCalculation.Argument, _ stages: [ColumnObject.Stage], salt: UInt64) throws(RuntimeFailure) -> Feature {
        let key = RandomState.mix(RandomState.hash(datasetName.utf8), salt)
        let span = stages.first?.span ?? .none
        guard !first.isEmpty else { throw RuntimeFailure("E404", "\(source.name): there are no rows", at: span) }
        let calculation = RowCalculation(source: source, argument: argument, functions: stages, key: key)
        let rows = try ComputedRows(calculation, pad: pad, first: first, in: context)
        return Feature(form: rows.form, leaves: rows.signatures.indices.map { .computed(rows, part: $0) })
    }

    /// A function of the row that gives whole examples: the pair of input and target, a record of them, or the input alone.
    mutating func examples(_ value: Value, at span: Span) throws(RuntimeFailure) -> (Feature, Feature?) {
        let whole = try computed(.row, [ColumnObject.Stage(function: value, arguments: Arguments(), span: span)], salt: 1)
        guard case .record(let names, let parts) = whole.form, parts.count == 2, names == nil || names == ["input", "target"] else {
            return (whole, nil)
        }
        func part(_ form: Feature.Form) -> Feature {
            let used = form.leaves
            let from = used.min() ?? 0
            return Feature(form: form.shifted(by: -from), leaves: used.map { whole.leaves[$0] })
        }
        return (part(parts[0]), part(parts[1]))
    }

    // MARK: Fitting

    /// The training rows with all added columns.
    var trainingSource: any RecordSource { sources[training.source] }

    /// The classes of a target of text: all its values, in sorted order.
    mutating func classVocabulary(_ name: String, _ span: Span) throws(RuntimeFailure) -> Vocabulary {
        if let known = classes.first(where: { $0.column == name }) { return known.vocabulary }
        do throws(DataFailure) {
            var keys: Set<Vocabulary.Key> = []
            for source in sources {
                guard let field = source.fieldNames.index(of: name) else { continue }
                keys.formUnion(try Vocabulary.fit(source, field: field, rows: 0..<source.count).keys)
            }
            let vocabulary = Vocabulary(keys: keys.sorted())
            classes.append((name, vocabulary))
            return vocabulary
        } catch { throw RuntimeFailure(data: error, at: span) }
    }
}

extension Feature.Form {
    /// The leaves in it, from left to right.
    var leaves: [Int] {
        switch self {
        case .leaf(let index): [index]
        case .record(_, let parts), .list(let parts): parts.flatMap(\.leaves)
        }
    }
}

extension Value {
    /// The name of a native function (with options set or not).
    var nativeName: String? {
        guard case .function(let function) = self else { return nil }
        if let partial = function as? PartialFunction { return partial.base.nativeName }
        return (function as? NativeFunction)?.name
    }
}
