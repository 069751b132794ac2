import DaedalData
import DaedalRuntime
import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The effects of one interpreter, as its owner granted them.
final class InterpreterHost: DaedalRuntime.Host {
    let permissions: Permissions
    let arguments: [String]
    let files: any FileAccess
    let output: (String) -> Void
    let log: (String) -> Void
    let progressIsTerminal: Bool
    let interruption: Interruption
    var onTraining: ((TrainingEvent) -> Void)?
    private var lastStep: UInt64 = 0

    init(
        permissions: Permissions, arguments: [String], output: @escaping (String) -> Void, log: @escaping (String) -> Void, progressIsTerminal: Bool,
        interruption: Interruption
    ) {
        self.permissions = permissions
        self.arguments = arguments
        self.output = output
        self.log = log
        self.progressIsTerminal = progressIsTerminal
        self.interruption = interruption
        files =
            switch permissions.files {
            case .none: NoFiles()
            case .folder(let path, let writing): FolderFiles(path, mayWrite: writing)
            case .all: POSIXFiles()
            }
    }

    func print(_ text: String) { output(text) }
    func progress(_ text: String) { log(text) }
    func clock() -> Double? { permissions.clock ? Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 : nil }
    func date() -> Double? {
        guard permissions.clock else { return nil }
        var now = timespec()
        guard clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }

    func uptime() -> UInt64 { DispatchTime.now().uptimeNanoseconds }
    var isInterrupted: Bool { interruption.isRequested || Task.isCancelled }
    func answerInterruption() { interruption.answer() }
    func training(_ event: DaedalRuntime.TrainingEvent) { onTraining?(TrainingEvent(event)) }

    /// At most ten times a second, and never where nobody listens.
    var wantsTrainingStep: Bool {
        guard onTraining != nil else { return false }
        let now = DispatchTime.now().uptimeNanoseconds
        guard now &- lastStep >= 100_000_000 else { return false }
        lastStep = now
        return true
    }
}

/// A request, from any thread or a signal handler, that what runs should finish its step and stop.
public final class Interruption: Sendable {
    private let flag = Atomic<Bool>(false)
    private let answered = Atomic<Bool>(false)
    /// Creates one that nobody has asked to stop.
    public init() {}
    /// Asks what runs to stop.
    public func request() { flag.store(true, ordering: .releasing) }
    /// Forgets a request.
    public func clear() { flag.store(false, ordering: .releasing) }
    /// Takes a request as answered: what ran has stopped in good order, and the program goes on.
    func answer() {
        answered.store(true, ordering: .releasing)
        clear()
    }
    /// Whether a training has stopped because somebody asked.
    public var wasAnswered: Bool { answered.load(ordering: .acquiring) }
    /// Whether somebody asked.
    public var isRequested: Bool { flag.load(ordering: .acquiring) }
}
