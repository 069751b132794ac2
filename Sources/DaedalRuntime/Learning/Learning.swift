import DaedalSyntax

/// The rooms that learn, as the machine sees them.
package final class Learning: LearningHooks {
    package init() {}

    package func minimize(_ request: MinimizeRequest, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        try context.checkStop(at: request.span)
        guard let forecast = context.session.forecast else { return try Minimization.run(request, in: context) }
        let value = try forecast.gathering(request) { () throws(RuntimeFailure) in try Minimization.run(request, in: context) }
        try forecast.reached(request.span)
        return value
    }

    package func train(_ request: TrainRequest, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        let training = try Training(request, in: context)
        guard let forecast = context.session.forecast else { return try training.run() }
        let value = try training.forecast(forecast)
        try forecast.reached(request.span)
        return value
    }

    package func optimizer(
        _ factory: OptimizerFactory, _ arguments: [Value?], common: [(name: String, value: Value)], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        .object(try OptimizerObject(factory, arguments, common: common, in: context, at: span))
    }

    package func dataset(
        _ factory: DatasetFactory, _ arguments: [Value?], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        .object(DatasetObject(factory, arguments, at: span))
    }

    package func member(_ name: String, of model: ModelObject, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value? {
        try model.member(name, in: context, at: span)
    }

    package func memberNames(of model: ModelObject) -> [String] { model.memberNames }

    package func setMember(
        _ name: String, of model: ModelObject, to value: Value, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Bool {
        try model.setMember(name, to: value, in: context, at: span)
    }

    package func subscripted(
        _ model: ModelObject, _ items: [Index], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        if let value = try model.subscripted(items, in: context, at: span) { return value }
        throw RuntimeFailure("E208", "a step of a model is one integer, or a range of them", at: span)
    }

    package func deferPrint(_ values: [Value], in context: EvaluationContext) -> Bool {
        // Where steps are only planned nothing is printed.
        if context.session.forecast != nil { return true }
        guard let block = context.learning.block else { return false }
        // Trial runs and row functions that are looked at for their shape alone print nothing.
        if !block.isStep { return true }
        block.deferredPrints.append(values)
        return true
    }
}
