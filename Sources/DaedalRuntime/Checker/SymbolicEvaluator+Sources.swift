import DaedalData
import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// The sources of a dataset, one for all splits or one for each by name.
    func sources(_ arguments: [Argument], _ scope: SymbolicScope) throws(RuntimeFailure) -> [(split: String?, source: SymbolicSource?)] {
        var result: [(split: String?, source: SymbolicSource?)] = []
        for argument in arguments {
            let value = try evaluate(argument.value, scope)
            result.append((argument.label?.text, try source(value, at: argument.value.span)))
        }
        for (at, later) in result.enumerated() {
            for earlier in result[..<at] {
                guard let same = later.source?.identity, same == earlier.source?.identity, let a = earlier.split, let b = later.split else {
                    continue
                }
                report(
                    Diagnostic(
                        .error, "E303", "the splits `\(a)` and `\(b)` share their rows: both come from \(later.source?.name ?? "one source")",
                        at: arguments[at].value.span,
                        notes: ["what is measured on rows that were trained on says nothing about new ones"],
                        fixes: [.init("name another file, or one source and `split \(a): 0.8, \(b): 0.2`")]))
            }
        }
        return result
    }

    private func source(_ value: Value, at span: Span) throws(RuntimeFailure) -> SymbolicSource? {
        switch value {
        case .object(let source as SymbolicSource): return source
        case .unknown, .object: return nil
        case .list(let list):
            guard case .record? = list.items.first else { return nil }
            return table("the list", list.items.dropFirst().reduce(list.items[0]) { join($0, $1) })
        default:
            throw RuntimeFailure(
                "E202", "`source` is `csv(path)`, `idx(images, labels)`, `memory(x, y)` or the like; this is \(value.kindWithArticle)", at: span)
        }
    }

    /// Rows that are records of the program.
    private func table(_ name: String, _ row: Value) -> SymbolicSource {
        guard case .record(let record) = row else { return SymbolicSource(name) }
        let names = record.names ?? record.fields.indices.map(String.init)
        return SymbolicSource(name, fields: zip(names, record.fields.map(cell)).map { (name: $0, value: $1) })
    }

    /// What a field of a row is once it stands in a table: plain values by their kind.
    private func cell(_ value: Value) -> Value {
        switch value {
        case .tensor(let tensor): symbolicTensor(Signature(type: tensor.type, shape: tensor.shape))
        case .int, .size: .unknown(.int)
        case .bool: .unknown(.bool)
        case .float: .unknown(.float)
        case .string: .unknown(.string)
        case .record(let record): .record(RecordObject(names: record.names, fields: record.fields.map(cell)))
        case .unknown(let kind): .unknown([.int, .float, .bool, .string].contains(kind) ? kind : .anything)
        default: .unknown(.anything)
        }
    }

    /// The source with the column that `field` adds.
    func extended(_ source: SymbolicSource?, _ name: String, _ expression: Expression, _ scope: SymbolicScope) throws(RuntimeFailure)
        -> SymbolicSource?
    {
        let function = try evaluate(expression, scope)
        let value = try call(function, Arguments([.object(SymbolicRow(source))]), at: expression.span)
        guard let source, let fields = source.fields else { return source }
        let result = SymbolicSource(
            source.name, fields: fields + [(name: name, value: cell(value))], natural: source.natural, identity: source.identity)
        result.statistics = source.statistics
        return result
    }

    /// The natives that open sources, as far as they can be known without reading much; nil for all others.
    func opened(_ name: String, _ values: [Value], at span: Span) throws(RuntimeFailure) -> SymbolicSource? {
        switch name {
        case "csv", "tsv": return delimited(name, values)
        case "memory": return memory(values)
        case "rows":
            guard case .function? = values.dropFirst().first else { return nil }
            return table("the rows", try call(values[1], Arguments([.unknown(.int)]), at: span))
        case "images", "wav": return try media(name, values, at: span)
        case "sqlite": return query(values)
        case "idx", "npy", "npz", "jsonl", "text":
            guard case .string(let path)? = values.first else { return nil }
            return SymbolicSource("\"\(path.text)\"", identity: "\(name) \(path.text)")
        default: return nil
        }
    }

    /// A text file's columns are named in its first line. A file that the program itself writes is not what it will be.
    private func delimited(_ kind: String, _ values: [Value]) -> SymbolicSource? {
        guard case .string(let path)? = values.first else { return nil }
        let unknown = SymbolicSource("\"\(path.text)\"", identity: "\(kind) \(path.text)")
        guard !writesFiles, values.count >= 3 else { return unknown }
        var options: CSVOptions = kind == "csv" ? .csv : .tsv
        switch (values[1], values[2]) {
        case (.bool(let header), .none): options.hasHeader = header
        case (.bool(let header), .string(let missing)):
            options.hasHeader = header
            options.missing = missing.text
        default: return unknown
        }
        guard let preview = try? TablePreview(ofCSV: path.text, from: session.host.files, options: options) else { return unknown }
        let fields = preview.columns.map { column -> (name: String, value: Value) in
            switch column.kind {
            // Later rows may hold fractions where the first ones do not; what takes integers takes these.
            case .integer: (column.name, symbolicTensor(Signature(type: .i64, shape: .scalar)))
            case .real: (column.name, symbolicTensor(Signature(type: .f32, shape: .scalar)))
            case .text: (column.name, .unknown(.string))
            case nil: (column.name, .unknown(.anything))
            }
        }
        return SymbolicSource("\"\(path.text)\"", fields: fields, identity: "\(kind) \(path.text)")
    }

    /// `memory(x, y)` says what its examples are.
    private func memory(_ values: [Value]) -> SymbolicSource? {
        guard let first = values.first else { return nil }
        let x = rows(first), y = values.count > 1 ? rows(values[1]) : .none
        var fields: [(name: String, value: Value)] = []
        if case .record(let record) = x, let names = record.names {
            fields = zip(names, record.fields).map { (name: $0, value: $1) }
        } else {
            fields.append((name: "x", value: x))
        }
        if !y.isAbsent { fields.append((name: "y", value: y)) }
        let result = SymbolicSource("the memory", fields: fields, natural: (x, y), identity: rowsIdentity(first))
        result.statistics = rowStatistics(of: first)
        return result
    }

    /// One row of a tensor, of a list, or of a record of them.
    private func rows(_ value: Value) -> Value {
        switch value {
        case .tensor(let tensor) where tensor.shape.rank > 0:
            return symbolicTensor(Signature(type: tensor.type, shape: tensor.shape.removing(axis: 0)))
        case .record(let record): return .record(RecordObject(names: record.names, fields: record.fields.map(rows)))
        case .list(let list):
            guard TensorLiteral.isNumeric(list), !value.hasUnknown, let tensor = (try? TensorLiteral.tensor(from: value, in: self, at: .none)) ?? nil
            else { return .unknown(.anything) }
            return rows(.tensor(tensor))
        case .none: return .none
        default: return .unknown(.anything)
        }
    }

    // MARK: Columns

    /// `column(…)` and `columns(…)` inside a dataset's clauses.
    func columns(_ name: String, _ selector: Value, at span: Span) throws(RuntimeFailure) -> Value {
        let source = columnSource ?? nil
        if name == "column" { return try source?.column(selector, at: span).map { plainCell($0) } ?? .unknown(.anything) }
        let known = try source?.columns(selector, at: span)
        if let known {
            if known.count == 1, case .tensor(let tensor) = known[0], tensor.shape.rank > 0 { return known[0] }
            let types = known.map { value -> ElementType? in
                switch value {
                case .tensor(let tensor): tensor.shape.rank == 0 ? tensor.type : nil
                case .unknown(.int), .unknown(.bool): .i64
                case .unknown(.float): .f32
                default: nil
                }
            }
            guard let count = Size(exactly: known.count), types.allSatisfy({ $0 != nil }) else { return .unknown(.anything) }
            return symbolicTensor(Signature(type: types.compactMap(\.self).max() ?? .f32, shape: [count]))
        }
        switch selector {
        case .range(let range):
            guard let end = range.end, end >= 0, let count = Size(exactly: max(end - (range.start ?? 0), 0)) else { return .unknown(.anything) }
            return symbolicTensor(Signature(type: .f32, shape: [count]))
        case .list(let list): return symbolicTensor(Signature(type: .f32, shape: Shape([list.items.count])))
        default: return .unknown(.anything)
        }
    }

    /// A single column gives numbers as tensors of rank 0.
    private func plainCell(_ value: Value) -> Value {
        switch value {
        case .unknown(.int), .unknown(.bool): symbolicTensor(Signature(type: .i64, shape: .scalar))
        case .unknown(.float): symbolicTensor(Signature(type: .f32, shape: .scalar))
        default: value
        }
    }
}
