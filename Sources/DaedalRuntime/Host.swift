import DaedalData

/// Every effect a program may have, injected from the roof. A refused effect throws a message in the user's terms.
package protocol Host: AnyObject {
    /// Writes results (`print`), newline included by the caller.
    func print(_ text: String)
    /// Writes progress lines and warnings.
    func progress(_ text: String)
    /// Whether progress may redraw its line.
    var progressIsTerminal: Bool { get }
    /// Seconds since an arbitrary start; nil if the host grants no clock.
    func clock() -> Double?
    /// Seconds since 1970, for what is written down; nil if the host grants no clock.
    func date() -> Double?
    /// Nanoseconds by a clock that only goes forward, for limits; never shown to the program.
    func uptime() -> UInt64
    /// The files the program may reach; `NoFiles` if none.
    var files: any FileAccess { get }
    /// The arguments of the script.
    var arguments: [String] { get }
    /// Whether the user asked to stop (Ctrl-C, task cancellation); asked once a step.
    var isInterrupted: Bool { get }
    /// Takes the request as answered: what ran has stopped in good order, and the program goes on.
    func answerInterruption()
    /// Takes what a training tells while it runs.
    func training(_ event: TrainingEvent)
    /// Whether somebody wants to hear of the next step: asked at each, so that steps cost nothing where nobody listens.
    var wantsTrainingStep: Bool { get }
}

extension Host {
    package func date() -> Double? { nil }
    package func answerInterruption() {}
    package func uptime() -> UInt64 { 0 }
    package func training(_ event: TrainingEvent) {}
    package var wantsTrainingStep: Bool { false }
}
