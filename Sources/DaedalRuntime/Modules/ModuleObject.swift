package final class ModuleObject: Object {}
