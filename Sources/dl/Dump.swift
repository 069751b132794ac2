import ArgumentParser
import Daedal

/// `dl dump --tokens|--tree|--graph|--after PASS|--plan file.dl`
struct Dump: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Show a stage on the way from text to plan.",
        discussion: """
            From --graph on the program runs up to its `train` and `minimize`, which are traced and planned but not carried out; it prints and \
            writes nothing. The passes, in order: \(DumpStage.passes.joined(separator: ", ")).
            """)
    @Flag(help: "The tokens.") var tokens = false
    @Flag(help: "The tree.") var tree = false
    @Flag(help: "The operations of each place that learns, as they were traced.") var graph = false
    @Option(help: "The operations after a pass.") var after: String?
    @Flag(help: "What the engine runs, step by step, with the bytes of its arena.") var plan = false
    @Argument(help: "The program, or - for standard input.") var file: String

    func run() throws {
        let stages = [
            tokens ? DumpStage.tokens : nil, tree ? .tree : nil, graph ? .graph : nil, after.map { .after($0) }, plan ? .plan : nil,
        ].compactMap(\.self)
        guard stages.count == 1 else { throw ValidationError("choose one of --tokens, --tree, --graph, --after PASS, --plan") }
        if let after, !DumpStage.passes.contains(after) {
            throw ValidationError("there is no pass `\(after)`; the passes are \(DumpStage.passes.joined(separator: ", "))")
        }
        let (name, text) = try Input.read(file)
        let options = Reading()
        let interpreter = options.interpreter()
        do throws(DaedalError) {
            let dumped = try interpreter.dump(stages[0], of: text, name: name)
            Interpreter.standardOutput(dumped.hasSuffix("\n") ? String(dumped.dropLast()) : dumped)
        } catch { throw options.fail(error) }
    }
}
