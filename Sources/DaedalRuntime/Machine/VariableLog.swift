/// A variable outside a block: what a replay compares, and what an assignment inside the block writes after the step.
package struct VariableReference: Hashable {
    private let owner: AnyObject
    private let slot: Int

    package init(_ cell: Cell) { (owner, slot) = (cell, 0) }
    /// A variable at the top level of a file.
    package init(_ variables: ModuleVariables, _ slot: Int) { (owner, self.slot) = (variables, slot) }

    package var value: Value {
        get {
            if let cell = owner as? Cell { return cell.value }
            return (owner as? ModuleVariables)?[slot] ?? .none
        }
        nonmutating set {
            if let cell = owner as? Cell { cell.value = newValue } else { (owner as? ModuleVariables)?[slot] = newValue }
        }
    }

    package static func == (a: Self, b: Self) -> Bool { a.owner === b.owner && a.slot == b.slot }
    package func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(owner))
        hasher.combine(slot)
    }
}

/// While one is set on the context, the machine notes every `var` outside the running function that is read or assigned, also by functions
/// that are called. `let` values are not noted: those that the block captures are in `MinimizeRequest.captures`, all others never change.
package final class VariableLog {
    /// Variables in the order of their first reading, with the value read. A variable that was assigned before is not noted.
    package private(set) var reads: [(variable: VariableReference, value: Value)] = []
    /// Variables in the order of their first assignment, with the value they had before.
    package private(set) var writes: [(variable: VariableReference, before: Value)] = []
    private var seenReads: Set<VariableReference> = []
    private var seenWrites: Set<VariableReference> = []

    package init() {}

    package func noteRead(_ variable: VariableReference) {
        if !seenWrites.contains(variable), seenReads.insert(variable).inserted { reads.append((variable, variable.value)) }
    }

    package func noteWrite(_ variable: VariableReference) {
        if seenWrites.insert(variable).inserted { writes.append((variable, variable.value)) }
    }
}
