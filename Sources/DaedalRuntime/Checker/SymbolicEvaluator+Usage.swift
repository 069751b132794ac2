import DaedalSyntax

/// Parameters that cannot learn: no block reads them, or no loss has a gradient for them.
extension SymbolicEvaluator {
    /// Reports them, once the whole program was followed and nothing in it stayed unknown.
    func reportUnread() {
        guard !usage.isUncertain, diagnostics.allSatisfy({ $0.severity != .error }) else { return }
        var seen: Set<ObjectIdentifier> = []
        // A part that another subject holds is reported with that one.
        for (model, place) in usage.subjects.values.sorted(by: { ($0.span.source, $0.span.start) < ($1.span.source, $1.span.start) }) {
            if model.hasNothingRead {
                seen.insert(ObjectIdentifier(model))
                report(
                    Diagnostic(
                        .error, "E302", "no block that trains `\(session.sources.source(of: place).text(place))` ever reads a parameter of it",
                        at: place,
                        notes: ["a model that is not called cannot learn"]))
            } else {
                reportUnread(in: model, path: "", of: model, place: place, &seen)
            }
        }
    }

    private func reportUnread(
        in model: SymbolicModel, path: String, of subject: SymbolicModel, place: Span, _ seen: inout Set<ObjectIdentifier>
    ) {
        guard seen.insert(ObjectIdentifier(model)).inserted, !model.isOpaque, !model.isFrozen else { return }
        let isOwn = model.scope.map { !$0.isLibrary } ?? false
        for slot in model.slots where slot.kind == .param && isOwn {
            guard case .bool(true) = slot.exists else { continue }
            let name = "\(path)\(slot.slot.name.text)", place = slot.slot.name.span
            if !slot.isReadInBlock {
                report(
                    Diagnostic(
                        .error, "E302", "no block that trains `\(subject.name)` ever reads its parameter `\(name)`", at: place,
                        notes: ["a parameter that is not read cannot learn: use it in `forward`, or make it a `state`"]))
            } else if !slot.isLearnt {
                report(
                    Diagnostic(
                        .warning, "E304", "the parameter `\(name)` of `\(subject.name)` is read, but no loss has a gradient for it", at: place,
                        notes: ["it stays as it is: the way to the loss leads through a comparison, a rounding, integers or `constant`"]))
            }
        }
        for (label, part) in model.namedParts where !part.isFrozen && !part.isOpaque {
            let place = session.sources.source(of: part.span).isLibrary || part.span == .none ? place : part.span
            if part.hasNothingRead {
                guard seen.insert(ObjectIdentifier(part)).inserted else { continue }
                report(
                    Diagnostic(
                        .error, "E302", "no block that trains `\(subject.name)` ever reads the parameters of its part `\(path)\(label)`", at: place,
                        notes: ["a part that is not called cannot learn: call it in `forward`, or leave it out"]))
            } else {
                reportUnread(in: part, path: "\(path)\(label).", of: subject, place: place, &seen)
            }
        }
    }
}

extension SymbolicModel {
    /// Its parts with their labels: names in the body, arguments that are models, numbers of steps, positions in lists.
    var namedParts: [(label: String, model: SymbolicModel)] {
        var result: [(String, SymbolicModel)] = []
        func add(_ label: String, _ value: Value) {
            switch value {
            case .object(let model as SymbolicModel): result.append((label, model))
            case .list(let list): for (at, item) in list.items.enumerated() { add("\(label).\(at)", item) }
            case .record(let record):
                for (at, item) in record.fields.enumerated() { add("\(label).\(record.names?[at] ?? String(at))", item) }
            default: break
            }
        }
        for (name, cell) in (scope?.cells ?? [:]).sorted(by: { $0.key < $1.key }) { add(name, cell.value) }
        for (at, step) in steps.enumerated() { add(String(at), step.callee) }
        return result
    }

    /// Whether it has trained parameters and no block read any of them.
    var hasNothingRead: Bool {
        var parts: [ObjectIdentifier: SymbolicModel] = [:]
        collect(into: &parts)
        guard parts.values.allSatisfy({ !$0.isOpaque && !$0.isFrozen }) else { return false }
        let slots = parts.values.flatMap(\.slots).filter { slot in
            if slot.kind == .param, case .bool(false) = slot.exists { return false }
            return slot.kind == .param
        }
        return !slots.isEmpty && slots.allSatisfy { !$0.isReadInBlock }
    }
}
