import DaedalData
import DaedalSyntax
import DaedalTensor

/// The natives about models.
package enum ModelNatives {
    /// All of them. Functions hold no state.
    nonisolated(unsafe) package static let all: [NativeFunction] = freezing + copying + modes + following + files + tables

    nonisolated(unsafe) private static let freezing: [NativeFunction] = [
        NativeFunction("freeze", [.init("part")], .effect(result: .none)) { (call) throws(RuntimeFailure) in try freeze(call, true) },
        NativeFunction("unfreeze", [.init("part")], .effect(result: .none)) { (call) throws(RuntimeFailure) in try freeze(call, false) },
    ]

    private static func freeze(_ call: NativeCall, _ frozen: Bool) throws(RuntimeFailure) -> Value {
        if call.context.learning.block != nil { throw RuntimeFailure("E306", "a model cannot be changed inside a block that learns", at: call.span) }
        guard ModelObject.holdsModel(call[0]) else { throw call.wrongKind(0, "a model or a list of models") }
        for leaf in TensorTree(call[0]).leaves {
            guard case .model(let model) = leaf else { continue }
            model.visit { _, part in
                part.isFrozen = frozen
                for slot in part.slots { slot.isFrozen = frozen }
            }
        }
        call.context.session.modelGeneration += 1
        return .none
    }

    nonisolated(unsafe) private static let copying: [NativeFunction] = [
        NativeFunction("copy", [.init("model")], .effect(result: .model)) { (call) throws(RuntimeFailure) in
            var copies = ModelCopies(in: call.context, at: call.span)
            return .model(try copies.copy(try call.model(0)))
        },
        NativeFunction("migrate", [.init("model"), .init("to")], .effect(result: .model)) { (call) throws(RuntimeFailure) in
            try ModelMigration(call).run()
        },
        NativeFunction("values", [.init("model")], .effect(result: .dictionary)) { (call) throws(RuntimeFailure) in
            let result = DictionaryObject()
            for (path, slot) in try call.model(0).allSlots { result[.string(path)] = try slot.seen(in: call.context, at: call.span) }
            return .dictionary(result)
        },
        NativeFunction("blend", [.init("shadow"), .init("toward"), .init("by")], .effect(result: .none)) { (call) throws(RuntimeFailure) in
            try blend(call.model(0), toward: call.model(1), by: call.float(2), call)
            return .none
        },
    ]

    /// `replace(model, path, part)`; the native of that name replaces in strings too.
    static func replaced(_ call: NativeCall) throws(RuntimeFailure) -> Value {
        let model = try call.model(0), path = try call.string(1)
        try model.replacePart(at: path, with: call[2], in: call.context, at: call.span)
        return .model(model)
    }

    /// `shadow += by * (toward - shadow)`, for parameters and states of float type; others are taken over.
    private static func blend(_ shadow: ModelObject, toward model: ModelObject, by amount: Double, _ call: NativeCall) throws(RuntimeFailure) {
        let sources = Dictionary(model.allSlots.map { ($0.path, $0.slot) }, uniquingKeysWith: { first, _ in first })
        for (path, slot) in shadow.allSlots {
            guard let source = sources[path] else { throw call.failure("E318", "the models differ: only one has `\(path)`") }
            try source.bind(in: call.context, at: call.span)
            // A copy made before the first input learns its sizes from the model that has seen one.
            for size in slot.model?.sizes ?? [] where size.value == nil {
                if let known = source.model?.sizes.first(where: { $0.name == size.name })?.value { size.bind(known) }
            }
            try slot.bind(in: call.context, at: call.span)
            guard slot.cell.isBound, source.cell.isBound else { continue }
            let signature = slot.cell.signature
            guard signature == source.cell.signature else {
                throw call.failure(
                    "E201", "`\(path)` has the shape \(signature.shape) in one model, \(source.cell.signature.shape) in the other")
            }
            try call.context.beforeChanging([slot.cell])
            guard signature.type.isFloat else {
                if let other = source.cell.tensor { slot.cell.set(other) }
                continue
            }
            try TensorLiteral.allocate(at: call.span) { () throws(AllocationFailure) in try slot.cell.makeUnique() }
            let to = slot.cell.lent.takeUnretainedValue(), from = source.cell.lent.takeUnretainedValue()
            Tensor(type: signature.type, shape: signature.shape, storage: to).move(toward: from.pointer, by: amount)
            TensorCell.noteWritten([.passUnretained(slot.cell)])
        }
    }

    nonisolated(unsafe) private static let modes: [NativeFunction] = [
        NativeFunction("in_training", [.init("model")], .effect(result: .model)) { (call) throws(RuntimeFailure) in
            try wrapped(call, .mode(.training))
        },
        NativeFunction("in_evaluation", [.init("model")], .effect(result: .model)) { (call) throws(RuntimeFailure) in
            try wrapped(call, .mode(.evaluation))
        },
    ]

    /// A model that stands for another one and does something differently.
    static func wrapped(_ call: NativeCall, _ how: ModelWrapping) throws(RuntimeFailure) -> Value {
        let model = try call.model(0)
        let result = ModelObject(name: model.name)
        result.wrapped = (model, how)
        return .model(result)
    }

    nonisolated(unsafe) private static let files: [NativeFunction] = [
        NativeFunction(
            "load", [.init("source"), .init("into", .none), .init("rename", .none), .init("ignore", .none), .init("partial", .bool(false))],
            .effect(result: .anything)
        ) { (call) throws(RuntimeFailure) in
            try WeightLoading(call).run()
        },
        NativeFunction("save", [.init("value"), .init("path")], .effect(result: .none)) { (call) throws(RuntimeFailure) in
            try WeightSaving.save(call)
            return .none
        },
    ]

    nonisolated(unsafe) private static let tables: [NativeFunction] = [
        NativeFunction("summary", [.init("model"), .rest("shapes")], .effect(result: .string)) { (call) throws(RuntimeFailure) in
            .string(try ModelSummary.text(call))
        }
    ]
}

extension NativeCall {
    /// A model; a network that needs no arguments is made.
    func model(_ position: Int) throws(RuntimeFailure) -> ModelObject {
        guard case .model(let model) = try ModelObject.completed(self[position], in: context, at: span) else {
            throw wrongKind(position, "a model")
        }
        return model
    }
}

extension Tensor {
    /// `self += by * (other - self)` where it is; `other` is as many elements of the same type. Precondition: a float type, and contents that nobody
    /// else holds.
    func move(toward other: UnsafeRawPointer, by amount: Double) {
        if type == .f32 {
            let a = pointer.assumingMemoryBound(to: Float.self), b = other.assumingMemoryBound(to: Float.self), amount = Float(amount)
            for i in 0..<count { a[i] += amount * (b[i] - a[i]) }
        } else {
            let a = pointer.assumingMemoryBound(to: Double.self), b = other.assumingMemoryBound(to: Double.self)
            for i in 0..<count { a[i] += amount * (b[i] - a[i]) }
        }
    }
}
