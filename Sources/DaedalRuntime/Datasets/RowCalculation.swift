import DaedalData
import DaedalSyntax
import DaedalTensor

/// Functions of the program on one row: what they get, and what they are.
struct RowCalculation {
    /// What the first function gets.
    enum Argument {
        /// The row itself: `input r => r.image / 255`.
        case row
        /// The value of one field as it stands: a text, a number.
        case field(Int)
        /// The example that columns give: `column("x") |> f`.
        case example(Feature.Leaf)
    }

    let source: any RecordSource
    let argument: Argument
    /// Each is called with the result before it, and with the arguments behind.
    let functions: [ColumnObject.Stage]
    /// Random draws inside are keyed by this and the row.
    let key: UInt64

    var span: Span { functions.first?.span ?? .none }

    /// How messages call a row.
    func place(_ row: Int) -> String {
        let place = source.place(of: row)
        return "row \(row)" + (place.line.map { " (\(place.file ?? source.name):\($0))" } ?? "")
    }

    /// The result for a row, every tensor in it evaluated.
    func value(_ row: Int, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        try context.detached { () throws(RuntimeFailure) in
            try context.session.random.scoped(RandomState.mix(key, UInt64(row))) { () throws(RuntimeFailure) in
                var value = try self.argument(row, in: context)
                for function in functions {
                    var arguments = function.arguments
                    arguments.positional.insert(value, at: 0)
                    value = try context.call(function.function, arguments, at: function.span)
                }
                // The trace that they belong to ends here.
                for case .tensor(let tensor) in TensorTree(value).leaves { _ = try context.force(tensor, at: span) }
                return value
            }
        }
    }

    private func argument(_ row: Int, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        switch argument {
        case .row: return .object(try RowObject(source, row, at: span))
        case .field(let field):
            do throws(DataFailure) { return Value(try source.value(at: row, field: field)) } catch { throw RuntimeFailure(data: error, at: span) }
        case .example(let leaf):
            let tensor = try leaf.batch([row], BatchSlot(), 0, in: context, at: span).row.contents
            if tensor.shape.rank > 0 { return .tensor(TensorObject(tensor)) }
            // A single number is a number to a function of the program.
            return tensor.plain(at: 0)
        }
    }

    /// The same functions over other rows, whose fields have the same names.
    func over(_ source: any RecordSource) throws(RuntimeFailure) -> RowCalculation {
        do throws(DataFailure) {
            var argument = argument
            switch argument {
            case .row: break
            case .field(let field): argument = .field(try source.field(named: self.source.fields[field].name))
            case .example(.bulk(let leaf)): argument = .example(.bulk(try leaf.over(source)))
            case .example(.ragged(let leaf)):
                argument = .example(.ragged(leaf.over(source, field: try source.field(named: leaf.source.fields[leaf.field].name))))
            case .example(.computed): break
            }
            return RowCalculation(source: source, argument: argument, functions: functions, key: key)
        } catch { throw RuntimeFailure(data: error, at: span) }
    }
}

/// A column that functions of the program add to a source: a `field`, or what stands between a column and a word that is fitted.
struct DerivedColumn {
    let name: String
    let calculation: RowCalculation

    /// A source with the column, computed for every row.
    func added(to source: any RecordSource, in context: EvaluationContext) throws(RuntimeFailure) -> any RecordSource {
        let calculation = try calculation.over(source)
        var table = RecordTable()
        for row in 0..<source.count {
            let value = try calculation.value(row, in: context)
            table.append([(name, try RowList.field(value, in: context, at: calculation.span))])
        }
        do throws(DataFailure) { return JoinedSource(source, try table.table(name: source.name)) } catch {
            throw RuntimeFailure(data: error, at: calculation.span)
        }
    }
}
