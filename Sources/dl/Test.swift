import ArgumentParser
import Daedal

/// `dl test files…`
struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the test blocks of programs.")
    @OptionGroup var options: SharedOptions
    @Argument(help: "Programs, or folders of them.") var paths: [String]

    func run() throws {
        var passed = 0, failed = 0, broken = false
        for path in Input.files(paths) {
            let (name, text) = try Input.read(path)
            let interpreter = options.interpreter()
            do throws(DaedalError) {
                let report = try interpreter.test(text, name: name, isLibrary: name.hasPrefix("stdlib/") || name.contains("/stdlib/"))
                passed += report.passed.count
                failed += report.failed.count
                for failure in report.failed {
                    Interpreter.standardOutput("FAILED \(name): \(failure.name)")
                    Interpreter.standardError(failure.error.description)
                }
            } catch {
                broken = broken || error.isStatic
                failed += 1
                Interpreter.standardError(error.description)
            }
        }
        Interpreter.standardOutput("\(passed) passed, \(failed) failed")
        if failed > 0 { throw ExitCode(broken ? 2 : 1) }
    }
}
