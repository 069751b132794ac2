import DaedalData
import DaedalRuntime
import DaedalSyntax

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// Daedal: the public face. In: scripts, host values and functions, permissions. Out: results, diagnostics as values, models to call.
// Never: decides anything about the language itself, reads a terminal.

/// One interpreter: names, models and settings that live from one script to the next. Independent of every other interpreter in the process.
/// Used by one thread at a time.
public final class Interpreter {
    let session: Session
    let machine: Machine
    private let host: InterpreterHost
    private let lock = RecursiveLock()
    /// What was run so far, for documentation.
    var programs: [Program] = []
    /// Asks what runs to finish its step and stop.
    public let interruption: Interruption

    /// Creates an interpreter.
    /// - Parameters:
    ///   - permissions: what scripts may reach; nothing by default.
    ///   - limits: what one run may use up.
    ///   - arguments: what `args()` gives.
    ///   - seed: mixed into every random draw.
    ///   - output: takes what `print` writes, a call a line; standard output by default.
    ///   - log: takes progress and warnings; standard error by default.
    ///   - progressIsTerminal: whether progress may redraw its line with a carriage return.
    ///   - threads: how many threads compute; as many as there are processors by default.
    ///   - precise: whether training computes convolutions by their plain sums only, slower and about ten times as exact.
    public init(
        permissions: Permissions = .none, limits: Limits = .none, arguments: [String] = [], seed: Int = 0,
        output: @escaping (String) -> Void = Interpreter.standardOutput, log: @escaping (String) -> Void = Interpreter.standardError,
        progressIsTerminal: Bool = false, threads: Int? = nil, precise: Bool = false
    ) {
        interruption = Interruption()
        host = InterpreterHost(
            permissions: permissions, arguments: arguments, output: output, log: log, progressIsTerminal: progressIsTerminal,
            interruption: interruption)
        session = Session(host: host)
        session.seed = UInt64(bitPattern: Int64(seed))
        session.threads = threads
        session.isPrecise = precise
        session.limits = limits.program
        session.learning = Learning()
        machine = Machine(session: session)
    }

    /// An interpreter that plans scripts for another one: it reads what that one may and has no effect.
    init(planningFor other: Interpreter) {
        interruption = other.interruption
        host = other.host
        session = Session(sources: other.session.sources, host: ForecastHost(other.host))
        session.seed = other.session.seed
        session.threads = other.session.threads
        session.isPrecise = other.session.isPrecise
        session.learning = Learning()
        machine = Machine(session: session)
        usesColor = other.usesColor
    }

    /// Takes what trainings tell while they run, on the thread that runs the script.
    public var onTraining: ((TrainingEvent) -> Void)? {
        get { host.onTraining }
        set { host.onTraining = newValue }
    }

    /// Writes a line to standard output.
    public static func standardOutput(_ text: String) { StandardStream.output.write(text + "\n") }
    /// Writes text to standard error as it is.
    public static func standardError(_ text: String) { StandardStream.errors.write(text) }

    // MARK: Running

    /// Checks a script and runs it. What it declares stays visible to later scripts and to the host.
    /// - Parameter name: how diagnostics call the text.
    /// - Returns: the value of the last statement if that is an expression, else `none`.
    /// - Throws: `DaedalError` with every diagnostic if it does not check (then nothing ran), or with the one failure that ended it.
    @discardableResult public func run(_ text: String, name: String = "<script>") throws(DaedalError) -> ScriptValue {
        lock.lock()
        defer { lock.unlock() }
        let program = Parser.parse(session.sources.add(name: name, text: text))
        try refuse(Checker.check(program, for: machine))
        return try running(program) { () throws(RuntimeFailure) in try machine.run(program) ?? .none }
    }

    /// Checks a script file and runs it.
    /// - Throws: `DaedalError`, also when the file cannot be read.
    @discardableResult public func run(contentsOf url: URL) throws(DaedalError) -> ScriptValue {
        let name = url.relativePath
        return try run(try text(of: url), name: name)
    }

    /// Everything that is wrong with a script, found without running it. `isLibrary` says that the text is a file of the library, which sees
    /// the names that start with `_`.
    public func check(_ text: String, name: String = "<script>", isLibrary: Bool = false, usesColor: Bool = false) -> [Diagnostic] {
        let program = Parser.parse(session.sources.add(name: name, text: text, isLibrary: isLibrary))
        return Checker.check(program, for: machine).map { Diagnostic($0, in: session.sources, usesColor: usesColor) }
    }

    // MARK: Values

    /// The value of a name, converted to the type that is asked for; setting defines the name for later scripts.
    public subscript<T: Convertible>(name: String) -> T {
        get throws(DaedalError) {
            guard let value = try value(of: name) else { throw hostError("argument `\(name)`: no script has bound this name") }
            guard let result = T.fromScript(ScriptValue(value: value, interpreter: self)) else {
                throw hostError("argument `\(name)`: the value is \(value.kindWithArticle), not a \(T.self)")
            }
            return result
        }
    }

    /// Binds a name for scripts that run later: `dl["rate"] = 0.02`. Reading it this way gives an opaque value, nil if nothing has the name.
    public subscript(name: String) -> (any Convertible)? {
        get { ((try? value(of: name)) ?? nil).map { ScriptValue(value: $0, interpreter: self) } }
        set { bind(name, newValue?.toScript()?.value ?? .none) }
    }

    /// The value of a name; nil if nothing is bound to it.
    func value(of name: String) throws(DaedalError) -> Value? {
        lock.lock()
        defer { lock.unlock() }
        do throws(RuntimeFailure) {
            return try session.limited { () throws(RuntimeFailure) in try machine.value(of: name) }
        } catch { throw self.error(error) }
    }

    /// Binds a name for scripts that run later.
    func bind(_ name: String, _ value: Value) {
        lock.lock()
        defer { lock.unlock() }
        machine.define(name, value)
    }

    /// Binds a name for scripts that run later.
    /// - Throws: `DaedalError` if the value has no form in a script.
    public func define<T: Convertible>(_ name: String, _ value: T) throws(DaedalError) {
        guard let script = value.toScript() else { throw hostError("argument `\(name)`: this \(T.self) has no form in a script") }
        bind(name, script.value)
    }

    /// Calls a script's function or model by value.
    func call<Output: Convertible>(_ callee: ScriptValue, _ arguments: [any Convertible], named name: String) throws(DaedalError) -> Output {
        var values: [Value] = []
        for (position, argument) in arguments.enumerated() {
            guard let value = argument.toScript() else { throw hostError("argument \(position + 1) of `\(name)` has no form in a script") }
            values.append(value.value)
        }
        let result = try running { () throws(RuntimeFailure) in try machine.call(callee.value, Arguments(values), at: .none) }
        guard let output = Output.fromScript(result) else {
            throw hostError("the result of `\(name)` is \(result.value.kindWithArticle), not a \(Output.self)")
        }
        return output
    }

    // MARK: Failures

    /// Runs something as one run under the limits, while no other thread does.
    func running(_ program: Program? = nil, _ body: () throws(RuntimeFailure) -> Value) throws(DaedalError) -> ScriptValue {
        lock.lock()
        defer { lock.unlock() }
        if let program { programs.append(program) }
        do throws(RuntimeFailure) { return ScriptValue(value: try session.limited(body), interpreter: self) } catch { throw self.error(error) }
    }

    /// Keeps other threads from using the interpreter while `body` runs.
    func exclusively(_ body: () -> Void) {
        lock.lock()
        defer { lock.unlock() }
        body()
    }

    /// A failure while running, as the host sees it.
    func error(_ failure: RuntimeFailure) -> DaedalError {
        var diagnostic = failure.presented(in: session.sources)
        if diagnostic.code == "E506", let limit = session.limits.byteCount { diagnostic.notes.append("the host allows \(limit) bytes") }
        let stack = failure.frames.filter { $0.span != .none }.map { frame in
            let source = session.sources.source(of: frame.span)
            return "\(frame.name) (\(source.name):\(source.line(at: frame.span.start)))"
        }
        var text = DiagnosticRenderer(sources: session.sources, usesColor: usesColor).render(diagnostic)
        if stack.count > 1 {
            text += "called by " + stack.prefix(8).joined(separator: "\n          ") + (stack.count > 8 ? "\n          …" : "") + "\n"
        }
        return DaedalError(
            diagnostics: [Diagnostic(diagnostic, in: session.sources, usesColor: usesColor)], isStatic: false, callStack: stack, description: text)
    }

    /// Whether renderings carry colours.
    public var usesColor = false

    /// Throws if there is an error among diagnostics; warnings go to the log.
    func refuse(_ diagnostics: [DaedalSyntax.Diagnostic]) throws(DaedalError) {
        if diagnostics.isEmpty { return }
        let text = DiagnosticRenderer(sources: session.sources, usesColor: usesColor).render(diagnostics)
        guard diagnostics.contains(where: { $0.severity == .error }) else { return host.log(text) }
        throw DaedalError(
            diagnostics: diagnostics.map { Diagnostic($0, in: session.sources, usesColor: usesColor) }, isStatic: true, callStack: [],
            description: text)
    }

    func hostError(_ message: String) -> DaedalError {
        DaedalError(host: message)
    }

    private func text(of url: URL) throws(DaedalError) -> String {
        guard let data = try? Data(contentsOf: url) else { throw hostError("\(url.relativePath): there is no such file, or it cannot be read") }
        return String(decoding: data, as: UTF8.self)
    }
}
