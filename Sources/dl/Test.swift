import ArgumentParser
import Daedal

/// `dl test files…`
struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the test blocks of programs.",
        discussion: "The other statements of a file do not run; a `let` is evaluated when a test first uses it. Exit status 1 if a test fails.")
    @OptionGroup var options: SharedOptions
    @Argument(help: "Programs, or folders of them.") var paths: [String]

    func run() throws {
        var passed = 0, failed = 0, broken = false, interrupted = false
        for path in Input.files(paths) {
            let (name, text) = try Input.read(path)
            let interpreter = options.settings.interpreter()
            do throws(DaedalError) {
                let report = try interpreter.test(text, name: name, isLibrary: Input.isLibrary(path))
                passed += report.passed.count
                failed += report.failed.count
                if options.settings.json { for test in report.passed { event(name, test, true).write() } }
                for failure in report.failed {
                    if options.settings.json {
                        event(name, failure.name, false).write()
                    } else {
                        Interpreter.standardOutput("FAILED \(name): \(failure.name)")
                    }
                    options.settings.report(failure.error)
                }
            } catch {
                broken = broken || error.isStatic
                failed += 1
                options.settings.report(error)
            }
            interrupted = interpreter.interruption.isRequested
            if interrupted { break }
        }
        if options.settings.json {
            Event("tests").add("passed", passed).add("failed", failed).write()
        } else {
            Interpreter.standardOutput("\(passed) passed, \(failed) failed")
        }
        if interrupted { throw ExitCode(130) }
        if failed > 0 { throw ExitCode(broken ? 2 : 1) }
    }

    private func event(_ file: String, _ name: String, _ passed: Bool) -> Event {
        Event("test").add("file", file).add("name", name).add("passed", passed)
    }
}
