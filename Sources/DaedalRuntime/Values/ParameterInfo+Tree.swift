import DaedalSyntax

extension ParameterInfo {
    /// What a declaration says of a parameter: `a`, `b = 2`, `...rest`, `...parts = [:]` (which also takes arguments of any name).
    init(_ parameter: DaedalSyntax.Parameter) {
        self.init(
            parameter.name.text, isRequired: parameter.defaultValue == nil && !parameter.isRest, isRest: parameter.isRest,
            takesNames: parameter.isRest && parameter.defaultValue != nil)
    }
}
