import DaedalSyntax

/// What a prompt asks of values without running anything.
extension Machine {
    /// Whether a network is the one that its name stands for now.
    package func isCurrent(_ network: NetworkObject) -> Bool {
        guard main.names[network.name] != nil, case .function(let known)?? = try? value(of: network.name) else { return true }
        return known === network
    }

    /// The value of a name of the library.
    package func libraryValue(_ name: String) -> Value? {
        guard session.library.declares(name, forLibrary: false) else { return nil }
        return try? library.value(at: library.position(of: name), in: self, at: .none)
    }

    /// A member that is there without anything being read or computed.
    package func knownMember(_ name: String, of value: Value) throws(RuntimeFailure) -> Value? {
        if case .object(is DatasetObject) = value { return nil }
        return try member(name, of: value, at: .none)
    }
}
