import DaedalTensor

/// A graph as text, one node a line, the same for equal graphs: `%3 = multiply %1, %2 : f32[64, 10]`.
package enum GraphPrinter {
    /// The lines of all nodes; results, if any are named, in a last line.
    package static func text(of graph: Graph, results: [NodeID] = []) -> String {
        var text = ""
        write(graph, indent: "", to: &text)
        if !results.isEmpty { text += "return \(list(results))\n" }
        return text
    }

    private static func write(_ graph: Graph, indent: String, to text: inout String) {
        for id in graph.ids {
            let operands = list(Array(graph.operands(of: id))), attributes = graph.attributes(of: id)
            text += "\(indent)%\(id.index) = \(graph[id].primitive.name)\(operands.isEmpty ? "" : " " + operands)"
            if let described = describe(attributes, graph[id].type) { text += " {\(described)}" }
            if case .loop(let loop) = attributes {
                text += " [\n"
                write(loop.body, indent: indent + "    ", to: &text)
                text += "\(indent)    carry \(list(loop.carryResults)); stack \(list(loop.stackedResults))\n\(indent)]\n"
            } else {
                text += " : \(graph.signature(of: id))\n"
            }
        }
    }

    private static func list(_ ids: [NodeID]) -> String { ids.map { "%\($0.index)" }.joined(separator: ", ") }

    /// What stands between the braces, or nil.
    static func describe(_ attributes: Attributes, _ type: ElementType) -> String? {
        switch attributes {
        case .none: nil
        case .input(let position): "\(position)"
        case .scalar(let bits):
            switch type {
            case .bool: bits == 0 ? "false" : "true"
            case .i32, .i64: "\(Int64(bitPattern: bits))"
            case .f32: "\(Float(Double(bitPattern: bits)))"
            case .f64: "\(Double(bitPattern: bits))"
            }
        case .axis(let axis): "axis: \(axis)"
        case .axes(let axes): "axes: \(axes)"
        case .permutation(let order): "order: \(order)"
        case .slice(let starts, let steps): "start: \(starts)\(steps.allSatisfy { $0 == 1 } ? "" : ", step: \(steps)")"
        case .padding(let low, let high, let value): "low: \(low), high: \(high)\(value == 0 ? "" : ", value: \(value)")"
        case .scatter(let axis, let mode): "axis: \(axis), \(mode)"
        case .product(false, false): nil
        case .product(let left, let right): "transposes: \(left && right ? "both" : left ? "left" : "right")"
        case .window(let window): describe(window)
        case .random(let distribution): "\(distribution)"
        case .loop(let loop): "length: \(loop.length), sequences: \(loop.sequenceCount)\(loop.isReversed ? ", reversed" : "")"
        case .part(let part): "\(part)"
        }
    }

    private static func describe(_ window: Window) -> String {
        var text = "kernel: \(window.kernel)"
        if window.stride.contains(where: { $0 != 1 }) { text += ", stride: \(window.stride)" }
        if window.paddingLow != window.paddingHigh {
            text += ", padding: \(window.paddingLow) to \(window.paddingHigh)"
        } else if window.paddingLow.contains(where: { $0 != 0 }) {
            text += ", padding: \(window.paddingLow)"
        }
        if window.dilation.contains(where: { $0 != 1 }) { text += ", dilation: \(window.dilation)" }
        return window.groups == 1 ? text : text + ", groups: \(window.groups)"
    }
}
