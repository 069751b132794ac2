import DaedalData
import DaedalSyntax
import DaedalTensor

/// The input or the target of an example: one tensor, or a record of them; each leaf gathered in bulk or computed by functions of the program.
struct Feature {
    /// How leaves stand in the value.
    indirect enum Form {
        case leaf(Int)
        case record(names: [String]?, [Form])
        case list([Form])
    }
    var form: Form
    var leaves: [Leaf]

    enum Leaf {
        case bulk(BulkLeaf)
        /// A part of what a function of the program gives for a row.
        case computed(ComputedRows, part: Int)
    }

    /// The value for its leaves' tensors.
    func value(_ tensors: ArraySlice<Tensor>) -> Value { Self.build(form, tensors) }

    private static func build(_ form: Form, _ tensors: ArraySlice<Tensor>) -> Value {
        switch form {
        case .leaf(let index): .tensor(TensorObject(tensors[tensors.startIndex + index]))
        case .record(let names, let parts): .record(RecordObject(names: names, fields: parts.map { build($0, tensors) }))
        case .list(let parts): .list(parts.map { build($0, tensors) })
        }
    }

    /// Whether no function of the program has to be called for a batch.
    var isBulk: Bool { leaves.allSatisfy { if case .bulk = $0 { true } else { false } } }

    /// The shapes of one example, in the form of the value: a list of sizes, or a record of them.
    func shapeValue() -> Value { Self.shapes(form, leaves.map(\.shape)) }

    private static func shapes(_ form: Form, _ shapes: [Shape]) -> Value {
        switch form {
        case .leaf(let index): .list(shapes[index].counts.map { .int($0) })
        case .record(let names, let parts): .record(RecordObject(names: names, fields: parts.map { self.shapes($0, shapes) }))
        case .list(let parts): .list(parts.map { self.shapes($0, shapes) })
        }
    }
}

extension Feature.Leaf {
    /// The shape of one example.
    var shape: Shape {
        switch self {
        case .bulk(let leaf): leaf.shape
        case .computed(let rows, let part): rows.signatures[part].shape
        }
    }

    /// The element type.
    var type: ElementType {
        switch self {
        case .bulk(let leaf): leaf.type
        case .computed(let rows, let part): rows.signatures[part].type
        }
    }
}
