extension TreePrinter {
    mutating func add(_ expression: Expression) {
        let span = expression.span
        switch expression.kind {
        case .invalid: line("invalid", span)
        case .none: line("none", span)
        case .boolean(let value): line("\(value)", span)
        case .integer(let value): line("integer \(value)", span)
        case .float(let value): line("float \(value)", span)
        case .quantity(let value, let unit): line("quantity \(unit.rawValue)", span) { $0.add(value) }
        case .string(let parts): add(parts, span)
        case .name(let name): line("name \(name)", span)
        case .record(let items): line("record", span) { $0.add(items) }
        case .group(let value): line("group", span) { $0.add(value) }
        case .list(let items):
            line("list", span) { printer in
                for item in items { printer.add(item) }
            }
        case .dictionary(let entries):
            line("dictionary", span) { printer in
                for entry in entries {
                    printer.line("entry") {
                        $0.add(entry.key)
                        $0.add(entry.value)
                    }
                }
            }
        case .unary(let operation, let value): line("unary \(operation.rawValue)", span) { $0.add(value) }
        case .binary(let operation, let left, _, let right):
            line("binary \(operation.rawValue)", span) {
                $0.add(left)
                $0.add(right)
            }
        case .comparison(let operands, let operators):
            line("comparison \(operators.map(\.comparison.rawValue).joined(separator: " "))", span) { printer in
                for operand in operands { printer.add(operand) }
            }
        case .range(let low, let high, let inclusive):
            line("range \(inclusive ? "..=" : "..")", span) { printer in
                printer.addEnd("from", low)
                printer.addEnd("to", high)
            }
        case .call(let function, let arguments):
            line("call", span) {
                $0.add(function)
                $0.add(arguments)
            }
        case .index(let base, let items): addIndex(base, items, span)
        case .member(let base, let name): line("member \(name.text)", span) { $0.add(base) }
        case .lambda(let function): add(function, "lambda")
        case .conditional(let branches, let otherwise):
            line("if", span) { printer in
                for branch in branches {
                    printer.line("when") {
                        $0.add(branch.condition)
                        $0.add(branch.body)
                    }
                }
                if let otherwise { printer.add(otherwise, "else") }
            }
        case .minimize(let subjects, let body):
            line("minimize", span) { printer in
                for subject in subjects {
                    printer.line("over") {
                        $0.add(subject.subject)
                        $0.add(subject.optimizer)
                    }
                }
                printer.add(body)
            }
        case .train(let model, let data, let clauses):
            line("train", span) {
                $0.add(model)
                $0.add(data)
                $0.add(clauses)
            }
        }
    }

    private mutating func addEnd(_ name: String, _ value: Expression?) {
        if let value { line(name) { $0.add(value) } }
    }

    private mutating func add(_ parts: [StringPart], _ span: Span) {
        if parts.isEmpty { return line("string \"\"", span) }
        if parts.count == 1, case .text(let text) = parts[0] { return line("string \(Self.quote(text))", span) }
        line("string", span) { printer in
            for part in parts {
                switch part {
                case .text(let text): printer.line("text \(Self.quote(text))")
                case .interpolation(let value): printer.add(value)
                }
            }
        }
    }

    private mutating func addIndex(_ base: Expression, _ items: [IndexItem], _ span: Span) {
        line("index", span) { printer in
            printer.add(base)
            for item in items {
                switch item {
                case .expression(let value): printer.add(value)
                case .newAxis(let span): printer.line("new", span)
                case .rest(let span): printer.line("...", span)
                }
            }
        }
    }

    mutating func add(_ arguments: [Argument]) {
        for argument in arguments {
            let head = (argument.label.map { "\($0.text):" } ?? "") + (argument.isSpread ? "..." : "")
            if head.isEmpty { add(argument.value) } else { line(head, argument.label?.span) { $0.add(argument.value) } }
        }
    }
}
