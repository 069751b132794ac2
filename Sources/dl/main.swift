import DaedalData
import DaedalRuntime
import DaedalSyntax

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes text to a descriptor.
func put(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if written <= 0 { return }
        bytes = bytes.dropFirst(written)
    }
}

/// The terminal as a host.
final class Terminal: Host {
    let arguments: [String]
    let files: any FileAccess = POSIXFiles()
    let progressIsTerminal = false
    let isInterrupted = false
    init(arguments: [String]) { self.arguments = arguments }
    func print(_ text: String) { put(text + "\n", to: 1) }
    func progress(_ text: String) { put(text, to: 2) }
    func clock() -> Double? {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }
}

var words = CommandLine.arguments.dropFirst()
let host = Terminal(arguments: Array(words.dropFirst()))
let session = Session(host: host)
session.learning = Learning()
let machine = Machine(session: session)
let source: Source
let isExpression = words.first == "-e"
let isTest = words.first == "test"
if isExpression || isTest { words = words.dropFirst() }
guard let path = words.first else {
    put("dl file.dl | dl -e 'code' | dl test file.dl\n", to: 2)
    exit(2)
}
if isExpression {
    source = session.sources.add(name: "<-e>", text: path)
} else {
    do { source = session.sources.add(name: path, text: try host.files.read(path)) } catch {
        put("\(error)\n", to: 2)
        exit(2)
    }
}
let program = Parser.parse(source)
let renderer = DiagnosticRenderer(sources: session.sources)
@MainActor func show(_ failure: RuntimeFailure) {
    put(renderer.render(failure.presented(in: session.sources)), to: 2)
    for frame in failure.frames.prefix(20) where frame.span != .none {
        let place = session.sources.source(of: frame.span)
        put("  in \(frame.name), called at \(place.name):\(place.line(at: frame.span.start))\n", to: 2)
    }
}
let mistakes = machine.diagnostics(of: program)
for mistake in mistakes { put(renderer.render(mistake), to: 2) }
if mistakes.contains(where: { $0.severity == .error }) { exit(2) }
do throws(RuntimeFailure) {
    if isTest {
        for result in try machine.runTests(of: program) {
            put((result.failure == nil ? "ok    " : "FAIL  ") + result.name + "\n", to: 1)
            if let failure = result.failure { show(failure) }
        }
    } else {
        let value = try machine.run(program)
        if isExpression, let value, case .some(let text) = Optional(try value.text(in: machine)) {
            if case .none = value {} else { host.print(text) }
        }
    }
} catch {
    show(error)
    exit(1)
}
