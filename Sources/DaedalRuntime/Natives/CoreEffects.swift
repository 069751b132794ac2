import DaedalData
import DaedalSyntax

extension CoreNatives {
    /// `clock args read_text write_text fail assert`
    static var effects: [NativeFunction] {
        [
            native("clock", [], .effect(result: .float)) { (call) throws(RuntimeFailure) in
                try call.context.flushEager()
                guard let seconds = call.context.session.host.clock() else { throw call.failure("E511", "this program may not read the clock") }
                return .float(seconds)
            },
            native("args", [], .value(result: .list)) { (call) throws(RuntimeFailure) in
                .list(call.context.session.host.arguments.map { .string($0) })
            },
            native("read_text", [.init("path")], .effect(result: .string)) { (call) throws(RuntimeFailure) in
                let path = try call.text(0)
                let bytes = try call.reading { (files) throws(DataFailure) in try files.read(path) }
                guard let text = String(validating: bytes, as: UTF8.self) else { throw call.failure("E403", "\(path) is not UTF-8 text") }
                return .string(text)
            },
            native("write_text", [.init("text"), .init("path")], .effect(result: .none)) { (call) throws(RuntimeFailure) in
                let text = try call.text(0), path = try call.text(1)
                try call.reading { (files) throws(DataFailure) in try files.write(Array(text.utf8), to: path) }
                return .none
            },
            native("fail", [.init("message")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
                throw RuntimeFailure("E510", try call[0].text(in: call.context), at: call.span)
            },
            native("assert", [.init("condition"), .init("message", .none)], .effect(result: .none)) { (call) throws(RuntimeFailure) in
                if try isTrue(call[0], call) { return .none }
                let message = call.isNone(1) ? "the assertion does not hold" : try call[1].text(in: call.context)
                throw RuntimeFailure("E512", message, at: call.span)
            },
        ]
    }
}

extension NativeCall {
    /// Uses the host's files; what goes wrong is a failure of this call.
    func reading<Result>(_ body: (any FileAccess) throws(DataFailure) -> Result) throws(RuntimeFailure) -> Result {
        do throws(DataFailure) { return try body(context.session.host.files) } catch {
            throw RuntimeFailure("E403", error.description, at: span)
        }
    }
}
