//! Numbers that index something have a type of their own, so that an index of one table cannot be used on another.

/// Declares newtypes over an unsigned integer: `id! { /// Doc. pub struct StringIdx(u32); }`.
#[macro_export]
macro_rules! id {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident($repr:ty);)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        $vis struct $name(pub $repr);

        impl $name {
            /// The number as a position in a table.
            #[must_use]
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}
