import DaedalSyntax

/// Names in shape patterns: parameters of the declaration or of the network around it, or sizes that the pattern binds.
extension Resolver {
    /// Resolves the shape patterns of a function, plain names first, because arithmetic uses what they bind.
    mutating func patterns(_ function: Function) {
        let own = Set(function.parameters.map(\.name.text))
        var shapes = function.parameters.compactMap(\.shape)
        if let result = function.result { shapes.append(result) }
        for shape in shapes { visit(shape) { $0.plain($1, own: own) } }
        for shape in shapes { visit(shape) { $0.arithmetic($1) } }
        for size in self.function.sizes {
            // A size that the slots of the network name is compared with, and bound by, what this call sees.
            if let shared = self.function.parent?.network?.modelSize(size.name) { capture(shared) }
        }
    }

    /// Lets the current function capture a variable of a function around it.
    mutating func capture(_ variable: Variable) {
        variable.isCaptured = true
        var inner: FunctionScope? = function
        while let here = inner, here !== variable.owner {
            _ = here.capture(variable)
            inner = here.parent
        }
    }

    private mutating func visit(_ shape: ShapePattern, _ body: (inout Resolver, AxisPattern) -> Void) {
        switch shape {
        case .axes(let axes, _): for axis in axes { body(&self, axis) }
        case .record(let fields, _): for field in fields { visit(field.shape, body) }
        }
    }

    private mutating func plain(_ axis: AxisPattern, own: Set<String>) {
        switch axis {
        case .rest(nil, let span):
            if function.anonymousRest == nil { function.anonymousRest = Variable("...", span, .size, owner: function) }
        case .rest(let expression?, _), .size(let expression):
            guard case .name(let name) = expression.kind, name != "_" else { return }
            if own.contains(name) {
                self.name(name, at: expression.span)
            } else if let parameter = networkParameter(name) {
                use(parameter, at: expression.span)
            } else {
                size(name, at: expression.span)
            }
        }
    }

    private mutating func arithmetic(_ axis: AxisPattern) {
        switch axis {
        case .rest(nil, _): break
        case .rest(let expression?, _), .size(let expression):
            if case .name = expression.kind { return }
            self.expression(expression)
        }
    }

    /// A parameter of the network around the current function.
    private func networkParameter(_ name: String) -> Variable? {
        var outer = function.parent
        while let here = outer {
            if let network = here.network { return network.parameters.first { $0.name == name } }
            outer = here.parent
        }
        return nil
    }

    /// A size of the current declaration, bound where it is first met.
    private mutating func size(_ name: String, at span: Span) {
        if let known = function.sizes.first(where: { $0.name == name }) {
            resolution.uses[span.start] = .variable(known)
            return
        }
        let variable = Variable(name, span, .size, owner: function)
        function.sizes.append(variable)
        _ = scope.bind(variable)
        resolution.uses[span.start] = .variable(variable)
    }

    /// The plain names in the patterns of a function that its own parameters do not have.
    static func sizeNames(_ function: Function) -> Set<String> {
        var names: Set<String> = []
        func gather(_ shape: ShapePattern) {
            switch shape {
            case .axes(let axes, _):
                for axis in axes {
                    switch axis {
                    case .rest(let expression?, _), .size(let expression):
                        if case .name(let name) = expression.kind { names.insert(name) }
                    case .rest(nil, _): break
                    }
                }
            case .record(let fields, _): for field in fields { gather(field.shape) }
            }
        }
        for parameter in function.parameters { if let shape = parameter.shape { gather(shape) } }
        return names.subtracting(function.parameters.map(\.name.text))
    }
}
