/// A register as the machine sees it: the two words of a `Value`, so that numbers are read and written without counting references.
/// `Tag` says what the second word means; `Machine.init` proves that it does.
struct RegisterWord {
    var bits: UInt64
    var tag: UInt8

    @inline(__always) var int: Int { Int(bitPattern: UInt(bits)) }
    @inline(__always) var float: Double { Double(bitPattern: bits) }
    @inline(__always) var isTrue: Bool { bits & 0xFF != 0 }
    /// Whether it is an integer or a float.
    @inline(__always) var isNumber: Bool { tag &- Tag.int <= 1 }
    /// The value of a number.
    @inline(__always) var double: Double { tag == Tag.float ? float : Double(int) }
    /// Whether the value is a reference that is counted.
    @inline(__always) var isReference: Bool { tag &- Tag.string <= Tag.object &- Tag.string }
}

/// The order of `Value`'s cases.
enum Tag {
    static let bool: UInt8 = 0
    static let int: UInt8 = 1
    static let float: UInt8 = 2
    static let string: UInt8 = 3
    static let list: UInt8 = 5
    static let dictionary: UInt8 = 6
    static let record: UInt8 = 7
    static let tensor: UInt8 = 8
    static let function: UInt8 = 9
    static let model: UInt8 = 10
    static let object: UInt8 = 11
    /// Marks a name without a value yet, and an argument that was left out.
    static let unbound: UInt8 = 13
    static let none: UInt8 = 14

    /// Whether values lie in memory as the machine expects.
    static var isRight: Bool {
        func tag(_ value: Value) -> UInt8 {
            var value = value
            return withUnsafeBytes(of: &value) { $0[8] }
        }
        let object = StringObject("")
        var number = Value.int(-2), truth = Value.bool(true)
        return MemoryLayout<Value>.size == 9 && MemoryLayout<Value>.stride == MemoryLayout<RegisterWord>.stride
            && tag(.bool(true)) == bool && tag(.int(7)) == int && tag(.float(0.5)) == float && tag(.string(object)) == string
            && tag(.list(ListObject([]))) == list && tag(.dictionary(DictionaryObject())) == dictionary
            && tag(.record(RecordObject(names: nil, fields: []))) == record && tag(.function(FunctionObject(name: "", parameters: []))) == function
            && tag(.model(ModelObject(name: ""))) == model && tag(.object(Object())) == Tag.object && tag(.unknown(.anything)) == unbound
            && tag(.none) == none && withUnsafeBytes(of: &number) { $0.load(as: Int.self) } == -2
            && withUnsafeBytes(of: &truth) { $0.load(as: UInt8.self) } == 1
    }
}

/// A register.
typealias Register = UnsafeMutablePointer<RegisterWord>

extension UnsafeMutablePointer<RegisterWord> {
    /// The register as a value.
    @inline(__always) var pointer: UnsafeMutablePointer<Value> { UnsafeMutableRawPointer(self).assumingMemoryBound(to: Value.self) }

    /// A copy of the value.
    @inline(__always) var value: Value { pointer.pointee }

    /// Replaces the value.
    @inline(__always) func store(_ value: consuming Value) { pointer.pointee = value }

    /// Moves the value out; what stays is `none`.
    @inline(__always) func take() -> Value {
        let value = pointer.move()
        pointee.tag = Tag.none
        return value
    }

    /// Drops the value; what stays is `none`.
    @inline(__always) func drop() {
        if pointee.isReference { dropReference() }
    }

    @inline(never) func dropReference() {
        pointer.deinitialize(count: 1)
        pointee.tag = Tag.none
    }

    @inline(__always) func set(_ bits: UInt64, _ tag: UInt8) {
        if pointee.isReference { dropReference() }
        pointee.bits = bits
        pointee.tag = tag
    }

    @inline(__always) func set(_ int: Int) { set(UInt64(bitPattern: Int64(int)), Tag.int) }
    @inline(__always) func set(_ float: Double) { set(float.bitPattern, Tag.float) }
    @inline(__always) func set(_ truth: Bool) { set(truth ? 1 : 0, Tag.bool) }

    /// Moves another register's value here; the other becomes `none`.
    @inline(__always) func move(from other: Register) {
        if pointee.isReference { dropReference() }
        pointee = other.pointee
        other.pointee.tag = Tag.none
    }

    /// Copies another register's value here.
    @inline(__always) func copy(from other: Register) {
        let slot = other.pointee
        if slot.isReference {
            store(other.value)
        } else {
            set(slot.bits, slot.tag)
        }
    }

    /// Moves the reference out without counting; what stays is `none`. The caller has checked the tag.
    @inline(__always) func takeReference<Object: AnyObject>() -> Object? {
        guard let address = UnsafeRawPointer(bitPattern: UInt(pointee.bits)) else { return nil }
        pointee.tag = Tag.none
        return Unmanaged<Object>.fromOpaque(address).takeRetainedValue()
    }

    /// Looks at the object behind the reference without counting. The caller has checked the tag.
    @inline(__always) func withReference<Object: AnyObject, Result>(_ body: (Object) -> Result) -> Result? {
        guard let address = UnsafeRawPointer(bitPattern: UInt(pointee.bits)) else { return nil }
        return Unmanaged<Object>.fromOpaque(address)._withUnsafeGuaranteedRef(body)
    }
}
