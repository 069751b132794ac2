/// The memory of the names at the top level of one file, by slot. Its main code runs with these slots as its registers, so that a loop at the
/// top level is as fast as one in a function. Slot 0 is no variable.
package final class ModuleVariables {
    private(set) var slots: UnsafeMutablePointer<Value>
    private(set) var capacity: Int
    /// The highest slot that a name has.
    var used = 0
    /// Whether main code runs with these slots as registers now.
    var isRunning = false

    init() {
        capacity = 32
        slots = Self.allocate(32)
    }

    deinit {
        slots.deinitialize(count: capacity)
        slots.deallocate()
    }

    /// Makes room for slots and temporary registers. Nothing of this module may be running at its top level.
    func reserve(_ count: Int) {
        if count <= capacity { return }
        let larger = Self.allocate(count + count / 2)
        larger.update(from: slots, count: capacity)
        slots.deinitialize(count: capacity)
        slots.deallocate()
        slots = larger
        capacity = count + count / 2
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Value> {
        let memory = UnsafeMutablePointer<Value>.allocate(capacity: count)
        memory.initialize(repeating: .unknown(.anything), count: count)
        return memory
    }

    /// Whether a slot has its value already.
    package func isBound(_ slot: Int) -> Bool {
        if case .unknown = slots[slot] { return false }
        return true
    }

    package subscript(slot: Int) -> Value {
        get { slots[slot] }
        set { slots[slot] = newValue }
    }
}
