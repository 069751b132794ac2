import DaedalData
import DaedalSyntax
import Synchronization

/// The native that asks a database.
enum QuerySource {
    /// `sqlite(path, query)`.
    nonisolated(unsafe) static let native = NativeFunction("sqlite", [.init("path"), .init("query")], .effect(result: .anything)) {
        (call) throws(RuntimeFailure) in
        let (path, query, context) = (try call.string(0), try call.string(1), call.context)
        var options = SQLRows.Options()
        if context.learning.reading.keepsAll { options.memoryLimit = .max }
        let stop = QueryStop(context.session.host, deadline: context.session.limitedRun?.deadline)
        options.stops = { stop.isAsked }
        let (files, chosen) = (context.session.host.files, options)
        defer { stop.endRun() }
        do throws(DataFailure) { return .object(SourceObject(try SQLRows.open(path, query, from: files, options: chosen))) } catch {
            if error.kind == .cancelled { try context.checkStop(at: call.span) }
            throw RuntimeFailure(data: error, at: call.span)
        }
    }
}

/// Whether a query is still wanted: the user may stop it, and the limit of time of the run that opened it.
private final class QueryStop: Sendable {
    // A host answers these questions from any thread.
    nonisolated(unsafe) private let host: any Host
    private let deadline: Mutex<UInt64?>

    init(_ host: any Host, deadline: UInt64?) {
        self.host = host
        self.deadline = Mutex(deadline)
    }

    var isAsked: Bool { host.isInterrupted || deadline.withLock { $0 }.map { host.uptime() >= $0 } ?? false }

    /// Forgets the limit of the run: later ones have their own.
    func endRun() { deadline.withLock { $0 = nil } }
}
