/// Prints a tree as indented lines: the same text for equal trees, whatever the layout of the source.
package struct TreePrinter {
    /// Whether each line ends with its place in the source.
    private let source: Source?
    private var output = ""
    private var level = 0

    /// The tree of a program; with `places` each node's line and column too.
    package static func print(_ program: Program, places: Bool = false) -> String {
        var printer = TreePrinter(source: places ? program.source : nil)
        for statement in program.statements { printer.add(statement) }
        return printer.output
    }

    private init(source: Source?) { self.source = source }

    /// A text between quotes, with everything that is not plain escaped.
    static func quote(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{200B}"..."\u{200F}": result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Adds a line, and what stands below it one level deeper.
    mutating func line(_ text: String, _ span: Span? = nil, _ children: (inout TreePrinter) -> Void = { _ in }) {
        output += String(repeating: "  ", count: level) + text
        if let source, let span {
            let place = source.position(at: span.start)
            output += "  @\(place.line):\(place.column)"
        }
        output += "\n"
        level += 1
        children(&self)
        level -= 1
    }
}

extension TreePrinter {
    mutating func add(_ block: Block, _ name: String = "block") {
        line(name, block.span) { printer in
            for statement in block.statements { printer.add(statement) }
        }
    }

    mutating func add(_ statement: Statement) {
        let span = statement.span
        switch statement.kind {
        case .invalid: line("invalid", span)
        case .expression(let value): add(value)
        case .binding(let isVariable, let bindings):
            line(isVariable ? "var" : "let", span) { printer in
                for binding in bindings {
                    printer.line(Self.text(binding.pattern), binding.pattern.span) { $0.add(binding.value) }
                }
            }
        case .assignment(let target, let operation, let value):
            line("assign \(operation?.rawValue ?? "")=", span) {
                $0.add(target)
                $0.add(value)
            }
        case .function(let function): add(function, "fn")
        case .forward(let function), .update(let function): add(function, "method")
        case .forLoop(let pattern, let subject, let body):
            line("for \(Self.text(pattern))", span) {
                $0.add(subject)
                $0.add(body)
            }
        case .whileLoop(let condition, let body):
            line("while", span) {
                $0.add(condition)
                $0.add(body)
            }
        case .returnValue(let value):
            line("return", span) { printer in
                if let value { printer.add(value) }
            }
        case .breakLoop: line("break", span)
        case .continueLoop: line("continue", span)
        case .importModule(let path, let alias):
            let suffix = alias.map { " as \($0.text)" } ?? ""
            switch path {
            case .library(let name): line("import \(name.text)\(suffix)", span)
            case .file(let path, _): line("import \(Self.quote(path))\(suffix)", span)
            }
        case .network(let network):
            declaration("network \(network.name.text)", span, network.documentation, network.parameters) { $0.add(network.body) }
        case .optimizer(let optimizer):
            declaration("optimizer \(optimizer.name.text)", span, optimizer.documentation, optimizer.parameters) { $0.add(optimizer.body) }
        case .dataset(let dataset):
            declaration("dataset \(dataset.name.text)", span, dataset.documentation, dataset.parameters) { $0.add(dataset.clauses) }
        case .test(let name, let body): line("test \(Self.quote(name))", span) { $0.add(body) }
        case .slots(let kind, let slots):
            line(kind.rawValue, span) { printer in
                for slot in slots { printer.add(slot) }
            }
        case .input(let shapes):
            line("input", span) { printer in
                for shape in shapes { printer.add(shape) }
            }
        }
    }

    private mutating func declaration(
        _ text: String, _ span: Span, _ documentation: String?, _ parameters: [Parameter], _ body: (inout TreePrinter) -> Void
    ) {
        line(text, span) { printer in
            printer.head(documentation, parameters)
            body(&printer)
        }
    }

    private mutating func head(_ documentation: String?, _ parameters: [Parameter]) {
        if let documentation { line("documentation \(Self.quote(documentation))") }
        for parameter in parameters {
            line("parameter \(parameter.isRest ? "..." : "")\(parameter.name.text)", parameter.name.span) { printer in
                if let shape = parameter.shape { printer.add(shape) }
                if let value = parameter.defaultValue { printer.line("default") { $0.add(value) } }
            }
        }
    }

    mutating func add(_ function: Function, _ kind: String) {
        line(function.name.map { "\(kind) \($0.text)" } ?? kind, function.span) { printer in
            printer.head(function.documentation, function.parameters)
            if let result = function.result { printer.line("result") { $0.add(result) } }
            switch function.body {
            case .expression(let value): printer.add(value)
            case .block(let block): printer.add(block)
            }
        }
    }

    private mutating func add(_ slot: Slot) {
        line(slot.name.text, slot.name.span) { printer in
            if let shape = slot.shape { printer.add(shape) }
            printer.add(slot.initializer)
            if let condition = slot.condition { printer.line("if") { $0.add(condition) } }
        }
    }

    mutating func add(_ clauses: [Clause]) {
        for clause in clauses {
            line("clause \(clause.word.text)", clause.span) { printer in
                switch clause.kind {
                case .arguments(let arguments): printer.add(arguments)
                case .function(let function): printer.add(function, "function")
                case .field(let name, let value): printer.line("field \(name.text)", name.span) { $0.add(value) }
                }
            }
        }
    }

    private mutating func add(_ shape: ShapePattern) {
        switch shape {
        case .axes(let axes, let span):
            line("shape", span) { printer in
                for axis in axes {
                    switch axis {
                    case .rest(let value, let span):
                        printer.line("rest", span) { printer in
                            if let value { printer.add(value) }
                        }
                    case .size(let value): printer.add(value)
                    }
                }
            }
        case .record(let fields, let span):
            line("shapes", span) { printer in
                for field in fields { printer.line(field.name.text, field.name.span) { $0.add(field.shape) } }
            }
        }
    }

    /// A pattern as it is written.
    private static func text(_ pattern: Pattern) -> String {
        switch pattern {
        case .name(let name): name.text
        case .ignored: "_"
        case .parts(let parts, _): "(" + parts.map(text).joined(separator: ", ") + ")"
        }
    }
}
