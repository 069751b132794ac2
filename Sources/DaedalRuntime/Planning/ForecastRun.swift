import DaedalSyntax
import DaedalTensor

/// A program run for the sake of its plans, in a machine of its own.
package struct ForecastRun {
    package let machine: Machine
    package let forecast: Forecast
    /// The networks of the program that nothing called and that have no `input`, with why no table can be made.
    package private(set) var unknown: [(name: String, why: String)] = []

    /// Runs a checked program until every plan is known.
    package init(_ program: Program, in machine: Machine) throws(RuntimeFailure) {
        self.machine = machine
        forecast = Forecast(program)
        machine.session.forecast = forecast
        defer { machine.session.forecast = nil }
        do throws(RuntimeFailure) { try machine.run(program) } catch {
            guard forecast.isDone else { throw error }
        }
        visit(program)
    }

    /// Makes one model of each network that the program did not call, as far as defaults and `input` say how.
    private mutating func visit(_ program: Program) {
        for statement in program.statements {
            guard case .network(let declaration) = statement.kind, !isCalled(declaration.name.text) else { continue }
            let name = declaration.name.text
            guard !declaration.parameters.contains(where: { $0.defaultValue == nil && !$0.isRest }) else {
                unknown.append((name, "it needs arguments, and no `train`, `minimize` or call reaches it"))
                continue
            }
            do throws(RuntimeFailure) {
                guard let network = try machine.value(of: name) else { continue }
                let value = try machine.call(network, Arguments(), at: declaration.name.span)
                guard case .model = value, !isCalled(name) else { continue }
                unknown.append((name, "its input is not known: no `train`, `minimize` or call reaches it, and it has no `input [...]`"))
            } catch {
                unknown.append((name, error.diagnostic.message))
            }
        }
    }

    /// Whether a model of the network was called, by itself or as a part.
    private func isCalled(_ name: String) -> Bool {
        forecast.calls.contains { call in
            var isFound = call.model.name == name
            call.model.visit { _, part in isFound = isFound || part.name == name }
            return isFound
        }
    }

    /// The table of a model as it was called.
    package func table(_ call: Forecast.Call) throws(RuntimeFailure) -> ModelSummary.Table {
        try ModelSummary.table(of: call.model, inputs: call.inputs, in: machine, at: call.span)
    }
}
