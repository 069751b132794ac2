import Daedal
import Dispatch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The terminal the command stands at.
enum Terminal {
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }
    static var errorsAreTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    /// Colours only on a terminal and not where NO_COLOR is set (no-color.org).
    static var errorsTakeColor: Bool {
        errorsAreTerminal && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
    }

    /// Whether a second Ctrl-C, while the first has no answer yet, ends the process.
    nonisolated(unsafe) static var secondInterruptEnds = true

    /// Lets Ctrl-C ask what runs to stop; a second one ends the process.
    static func onInterrupt(_ interruption: Interruption) {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global(qos: .userInteractive))
        source.setEventHandler {
            if interruption.isRequested, secondInterruptEnds { _exit(130) }
            interruption.request()
        }
        source.resume()
        retained.append(source)
    }

    /// Sources live as long as the process.
    nonisolated(unsafe) private static var retained: [any DispatchSourceSignal] = []
}
