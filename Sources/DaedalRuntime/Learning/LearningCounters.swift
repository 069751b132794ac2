/// How the steps of blocks were carried out.
package struct LearningCounters {
    /// Steps whose block was interpreted and traced.
    package var interpretedSteps = 0
    /// Steps that ran a plan without interpretation.
    package var replayedSteps = 0
    /// Those of the replayed steps that another thread had carried out before they were asked for.
    package var stepsTakenAhead = 0
    /// Calls of models outside blocks that were interpreted and traced, and those that ran a plan without interpretation.
    package var interpretedCalls = 0
    package var replayedCalls = 0
    /// Different plans that blocks asked for.
    package var plans = 0
    /// For tests: never replays, so that both ways can be compared.
    package var alwaysInterprets = false
    package init() {}
}
