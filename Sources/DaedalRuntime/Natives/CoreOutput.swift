import DaedalTensor

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension CoreNatives {
    /// `print format fixed percent`
    static var output: [NativeFunction] {
        [
            native("print", [.rest("values"), .init("separator", .string(" "), namedOnly: true)], .effect(result: .none)) {
                (call) throws(RuntimeFailure) in
                guard case .list(let values) = call[0] else { return .none }
                if call.context.session.learning?.deferPrint(values.items, in: call.context) == true { return .none }
                var parts: [String] = []
                for value in values.items { parts.append(try value.text(in: call.context)) }
                call.context.session.host.print(parts.joined(separator: try call.text(1)))
                return .none
            },
            native("format", [.init("x"), .init("digits", .int(6))], .pure(result: .string)) { (call) throws(RuntimeFailure) in
                .string(try formatted(call, "g"))
            },
            native("fixed", [.init("x"), .init("digits", .int(2))], .pure(result: .string)) { (call) throws(RuntimeFailure) in
                .string(try formatted(call, "f"))
            },
            native("percent", [.init("x"), .init("digits", .int(1))], .pure(result: .string)) { (call) throws(RuntimeFailure) in
                .string(try formatted(call, "f", scale: 100) + " %")
            },
        ]
    }

    /// A number with so many significant digits (`g`) or so many after the point (`f`).
    private static func formatted(_ call: NativeCall, _ style: Character, scale: Double = 1) throws(RuntimeFailure) -> String {
        let digits = try call.int(1)
        guard (0...100).contains(digits) else { throw call.failure("E503", "`digits` is from 0 to 100") }
        let number: Double
        switch call[0].asPlain(in: call.context) {
        case .int(let value):
            if style == "g" { return String(value) }
            number = Double(value)
        case .float(let value): number = value
        case .tensor(let tensor) where tensor.shape.elementCount == 1: number = try call.context.force(tensor, at: call.span).double(at: 0)
        default: throw call.wrongKind(0, "a number")
        }
        if !number.isFinite { return Value.text(of: number) }
        var buffer = [CChar](repeating: 0, count: 512)
        let written = withVaList([CInt(max(digits, style == "g" ? 1 : 0)), number * scale]) { vsnprintf(&buffer, buffer.count, "%.*\(style)", $0) }
        return String(decoding: buffer.prefix(Int(max(written, 0))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
