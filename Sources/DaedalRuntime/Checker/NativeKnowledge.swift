import DaedalTensor

/// What the checker knows of plain natives beside their declared purity.
enum NativeKnowledge {
    /// Natives that look only at the structure of their arguments (how many items), so that unknown or symbolic items may pass through.
    static let needsStructureOnly: Set<String> = ["map", "zip", "enumerate", "len", "reverse", "list", "type", "reduce", "_arity", "get", "flatten"]

    /// Natives that put other parts into a model: nothing more is known of its calls.
    static let changesModels: Set<String> = ["replace"]

    /// The result of a pure native for arguments that are not all known.
    static func result(of name: String, _ arguments: [Value], _ declared: UnknownKind) -> Value {
        switch name {
        case "int": if case .size = arguments.first { return arguments[0] }
        case "map", "filter":
            // Rows of a source become a dataset.
            if case .unknown(.anything)? = arguments.first { return .unknown(.anything) }
            if arguments.count > 1, case .record = arguments[1] { return .unknown(.anything) }
        default: break
        }
        return .unknown(declared)
    }
}
