/// A variable that outlives its frame or is shared with closures that assign it. Stands in registers as an object; programs never see it.
package final class Cell: Object {
    @exclusivity(unchecked) package var value: Value
    package init(_ value: Value) { self.value = value }
    override package var kindName: String { "variable" }
}
