//! The linked whole program of one package: classes, hierarchy, call graph, reachability.
