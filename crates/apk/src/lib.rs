//! A package as Android sees it: manifest, resources, signatures, role.
