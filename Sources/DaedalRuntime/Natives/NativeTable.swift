import DaedalTensor

/// Everything that Swift gives to every program, by name: functions and constants.
package enum NativeTable {
    /// Values never change once made and hold no state, so that interpreters may share them.
    private struct Entries: @unchecked Sendable {
        let values: [String: Value]
    }

    private static let entries: Entries = {
        var values: [String: Value] = [:]
        for function in CoreNatives.all + TensorNatives.all + ModelNatives.all + DatasetNatives.all + LearningNatives.all {
            values[function.name] = .function(function)
        }
        for type in ElementType.allCases where type != .bool { values[type.name] = .object(ElementTypeObject(type)) }
        values["pi"] = .float(.pi)
        values["infinity"] = .float(.infinity)
        return Entries(values: values)
    }()

    /// The native or constant of a name.
    package static func lookup(_ name: String) -> Value? { entries.values[name] }

    /// All names, for suggestions and completion.
    package static var names: [String] { entries.values.keys.filter { !$0.hasPrefix("_") }.sorted() }
}
