/// A network made: its parameters, states and parts. A reference.
package final class ModelObject {
    /// The name of the network it was made from.
    package let name: String
    package init(name: String) { self.name = name }
}
