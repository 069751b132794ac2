import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// `summary(model, [1, 28, 28])`: a table of layers, shapes, parameters and multiply-adds for one example.
package enum ModelSummary {
    static func text(_ call: NativeCall) throws(RuntimeFailure) -> String {
        guard case .list(let shapes) = call[1] else { return "" }
        let isOneShape = shapes.items.allSatisfy { if case .int = $0 { true } else { false } }
        let wanted: [Value] = isOneShape && !shapes.items.isEmpty ? [.list(shapes)] : shapes.items
        let inputs = try wanted.map { (shape) throws(RuntimeFailure) in try ModelObject.sizes(of: shape, at: call.span) }
        return try table(of: call.model(0), inputs: inputs.map { Signature(type: .f32, shape: $0) }, in: call.context, at: call.span).text
    }

    /// The rows of a table with the totals.
    package struct Table {
        /// The table as aligned lines.
        package let text: String
        package let parameters: Int
        /// Multiply-adds for one example; nil when a size is not known.
        package let multiplyAdds: Int?
    }

    /// The table of a model for examples with these inputs (without the batch axis).
    package static func table(
        of model: ModelObject, inputs: [Signature], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Table {
        var dummies: [Value] = []
        for input in inputs {
            let batched = try context.batched(input.shape, at: span)
            dummies.append(try context.dummy(Signature(type: input.type, shape: batched.shape), at: span))
        }
        let observer = CallObserver()
        if !dummies.isEmpty {
            let before = context.learning.observer
            context.learning.observer = observer
            defer { context.learning.observer = before }
            try context.withoutEvaluation { () throws(RuntimeFailure) in _ = try model.call(Arguments(dummies), in: context, at: span) }
        }
        var paths: [ObjectIdentifier: String] = [:]
        model.visit { path, part in paths[ObjectIdentifier(part)] = path }
        var rows = [["path", "layer", "output", "parameters", "multiply-adds"]]
        var counted: Set<ObjectIdentifier> = []
        var total = 0, operations: Int? = 0
        for row in observer.rows {
            let fresh = row.model.allSlots.filter { $0.slot.kind == .param && counted.insert(ObjectIdentifier($0.slot)).inserted }
            let count = fresh.reduce(0) { $0 + $1.slot.cell.signature.shape.elementCountOrZero }
            total += count
            operations = operations.flatMap { sum in row.multiplyAdds.map { sum + $0 } }
            let shape = row.result.map { $0.rank > 0 ? Shape([Size.symbol("batch")] + Array($0.dropFirst())).description : $0.description } ?? ""
            rows.append([
                paths[ObjectIdentifier(row.model)] ?? "", row.model.name, shape, grouped(count), row.multiplyAdds.map(grouped) ?? "",
            ])
        }
        // Parameters of models that call others stand in no row of their own.
        let others = model.allSlots.filter { $0.slot.kind == .param && !counted.contains(ObjectIdentifier($0.slot)) }
        for (path, slot) in others {
            try slot.bind(in: context, at: span)
            let count = slot.cell.signature.shape.elementCountOrZero
            total += count
            rows.append([path, "", slot.cell.signature.shape.description, grouped(count), ""])
        }
        rows.append(["", "total", "", grouped(total), operations.map(grouped) ?? ""])
        return Table(text: aligned(rows), parameters: total, multiplyAdds: operations)
    }

    /// A number with its thousands apart.
    package static func grouped(_ number: Int) -> String {
        var result = ""
        for (i, digit) in String(number).reversed().enumerated() {
            if i > 0 && i % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return String(result.reversed())
    }

    /// Columns of equal width: the first three to the left, numbers to the right.
    package static func aligned(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (i, cell) in row.enumerated() {
                let pad = String(repeating: " ", count: widths[i] - cell.count)
                line += (i > 0 ? "  " : "") + (i >= 3 ? pad + cell : cell + pad)
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
