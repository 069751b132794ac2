import Daedal
import Foundation

/// The terminal the command stands at.
enum Terminal {
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }
    static var errorsAreTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    /// Colours only on a terminal and not where NO_COLOR is set (no-color.org).
    static var errorsTakeColor: Bool {
        errorsAreTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Lets Ctrl-C ask what runs to stop; a second one ends the process.
    static func onInterrupt(_ interruption: Interruption) {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global(qos: .userInteractive))
        source.setEventHandler {
            if interruption.isRequested { _exit(130) }
            interruption.request()
        }
        source.resume()
        retained.append(source)
    }

    /// Sources live as long as the process.
    nonisolated(unsafe) private static var retained: [any DispatchSourceSignal] = []
}
