import ArgumentParser
import Daedal

/// `dl summary file.dl`
struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Show the layers, shapes and parameters of a program's networks.",
        discussion: """
            Shapes come from where the program trains or calls a network, or from its `input [...]`. Nothing is trained, printed or written. \
            Multiply-adds are for one example.
            """)
    @OptionGroup var events: EventOption
    @Argument(help: "The program, or - for standard input.") var file: String

    func run() throws {
        let plan = try events.plan(file)
        if events.json { return events.write(plan.networks) }
        var parts = plan.networks.map { "\($0.title)\n\($0.table)" }
        parts += plan.unknown.map { "\($0.name)\n\($0.why)" }
        Interpreter.standardOutput(parts.isEmpty ? "the program has no networks" : parts.joined(separator: "\n\n"))
    }
}

extension ProgramPlan.Network {
    /// `Reader, input [1, 8, 8]`
    var title: String { inputs.isEmpty ? name : "\(name), input \(inputs.map(\.description).joined(separator: ", "))" }
}

extension EventOption {
    /// What a program needs; exits if that cannot be found out.
    func plan(_ file: String, _ arguments: [String] = []) throws -> ProgramPlan {
        let (name, text) = try Input.read(file)
        let interpreter = reading.interpreter(arguments: arguments)
        Terminal.onInterrupt(interpreter.interruption)
        do throws(DaedalError) { return try interpreter.plan(text, name: name) } catch {
            let status = reading.fail(error)
            throw interpreter.interruption.isRequested ? ExitCode(130) : status
        }
    }

    func write(_ networks: [ProgramPlan.Network]) {
        for network in networks {
            var event = Event("network").add("name", network.name).add("inputs", network.inputs).add("parameters", network.parameters)
            if let operations = network.multiplyAdds { event = event.add("multiplyAdds", operations) }
            event.write()
        }
    }
}
