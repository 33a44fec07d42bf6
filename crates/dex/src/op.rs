//! The 256 opcodes, one row each: number, name, format, what its index means, how control goes on.
//!
//! Numbers and formats follow the "Dalvik bytecode" page of the Android documentation; 0x73 and 0xe3–0xf2 are the
//! quickened opcodes that dex2oat of Android 5.0–9 writes over the original ones (`dex_instruction_list.h` of ART).
//! Slots that no release uses keep a variant each, so that an unknown opcode stays what it is.

use crate::format::{Format, IndexKind};

const CONTINUE: u8 = 1;
const BRANCH: u8 = 2;
const SWITCH: u8 = 4;
const RETURN: u8 = 8;
const THROW: u8 = 16;
const INVOKE: u8 = 32;
const QUICK: u8 = 64;
const UNUSED: u8 = 128;

macro_rules! opcodes {
    ($($number:literal $variant:ident $name:literal $format:ident $index:ident ($flags:expr);)*) => {
        /// An opcode; the discriminant is the byte in the file.
        #[repr(u8)]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Op {$(
            #[doc = concat!("`", $name, "`")]
            $variant = $number,
        )*}

        /// Every opcode, in order of its number.
        const ALL: [Op; 256] = [$(Op::$variant,)*];

        impl Op {
            /// The mnemonic of the Dalvik bytecode documentation.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Op::$variant => $name,)* }
            }

            /// The instruction format: which operands there are, and how many units they take.
            #[must_use]
            #[inline]
            pub const fn format(self) -> Format {
                match self { $(Op::$variant => Format::$format,)* }
            }

            /// What [`Insn::index`](crate::Insn::index) is an index of.
            #[must_use]
            #[inline]
            pub const fn index_kind(self) -> IndexKind {
                match self { $(Op::$variant => IndexKind::$index,)* }
            }

            #[inline]
            const fn flags(self) -> u8 {
                match self { $(Op::$variant => $flags,)* }
            }
        }
    };
}

opcodes! {
    0x00 Nop "nop" F10x None (CONTINUE);
    0x01 Move "move" F12x None (CONTINUE);
    0x02 MoveFrom16 "move/from16" F22x None (CONTINUE);
    0x03 Move16 "move/16" F32x None (CONTINUE);
    0x04 MoveWide "move-wide" F12x None (CONTINUE);
    0x05 MoveWideFrom16 "move-wide/from16" F22x None (CONTINUE);
    0x06 MoveWide16 "move-wide/16" F32x None (CONTINUE);
    0x07 MoveObject "move-object" F12x None (CONTINUE);
    0x08 MoveObjectFrom16 "move-object/from16" F22x None (CONTINUE);
    0x09 MoveObject16 "move-object/16" F32x None (CONTINUE);
    0x0a MoveResult "move-result" F11x None (CONTINUE);
    0x0b MoveResultWide "move-result-wide" F11x None (CONTINUE);
    0x0c MoveResultObject "move-result-object" F11x None (CONTINUE);
    0x0d MoveException "move-exception" F11x None (CONTINUE);
    0x0e ReturnVoid "return-void" F10x None (RETURN);
    0x0f Return "return" F11x None (RETURN);
    0x10 ReturnWide "return-wide" F11x None (RETURN);
    0x11 ReturnObject "return-object" F11x None (RETURN);
    0x12 Const4 "const/4" F11n None (CONTINUE);
    0x13 Const16 "const/16" F21s None (CONTINUE);
    0x14 Const "const" F31i None (CONTINUE);
    0x15 ConstHigh16 "const/high16" F21h None (CONTINUE);
    0x16 ConstWide16 "const-wide/16" F21s None (CONTINUE);
    0x17 ConstWide32 "const-wide/32" F31i None (CONTINUE);
    0x18 ConstWide "const-wide" F51l None (CONTINUE);
    0x19 ConstWideHigh16 "const-wide/high16" F21h None (CONTINUE);
    0x1a ConstString "const-string" F21c String (CONTINUE | THROW);
    0x1b ConstStringJumbo "const-string/jumbo" F31c String (CONTINUE | THROW);
    0x1c ConstClass "const-class" F21c Type (CONTINUE | THROW);
    0x1d MonitorEnter "monitor-enter" F11x None (CONTINUE | THROW);
    0x1e MonitorExit "monitor-exit" F11x None (CONTINUE | THROW);
    0x1f CheckCast "check-cast" F21c Type (CONTINUE | THROW);
    0x20 InstanceOf "instance-of" F22c Type (CONTINUE | THROW);
    0x21 ArrayLength "array-length" F12x None (CONTINUE | THROW);
    0x22 NewInstance "new-instance" F21c Type (CONTINUE | THROW);
    0x23 NewArray "new-array" F22c Type (CONTINUE | THROW);
    0x24 FilledNewArray "filled-new-array" F35c Type (CONTINUE | THROW);
    0x25 FilledNewArrayRange "filled-new-array/range" F3rc Type (CONTINUE | THROW);
    0x26 FillArrayData "fill-array-data" F31t None (CONTINUE | THROW);
    0x27 Throw "throw" F11x None (THROW);
    0x28 Goto "goto" F10t None (BRANCH);
    0x29 Goto16 "goto/16" F20t None (BRANCH);
    0x2a Goto32 "goto/32" F30t None (BRANCH);
    0x2b PackedSwitch "packed-switch" F31t None (CONTINUE | SWITCH);
    0x2c SparseSwitch "sparse-switch" F31t None (CONTINUE | SWITCH);
    0x2d CmplFloat "cmpl-float" F23x None (CONTINUE);
    0x2e CmpgFloat "cmpg-float" F23x None (CONTINUE);
    0x2f CmplDouble "cmpl-double" F23x None (CONTINUE);
    0x30 CmpgDouble "cmpg-double" F23x None (CONTINUE);
    0x31 CmpLong "cmp-long" F23x None (CONTINUE);
    0x32 IfEq "if-eq" F22t None (CONTINUE | BRANCH);
    0x33 IfNe "if-ne" F22t None (CONTINUE | BRANCH);
    0x34 IfLt "if-lt" F22t None (CONTINUE | BRANCH);
    0x35 IfGe "if-ge" F22t None (CONTINUE | BRANCH);
    0x36 IfGt "if-gt" F22t None (CONTINUE | BRANCH);
    0x37 IfLe "if-le" F22t None (CONTINUE | BRANCH);
    0x38 IfEqz "if-eqz" F21t None (CONTINUE | BRANCH);
    0x39 IfNez "if-nez" F21t None (CONTINUE | BRANCH);
    0x3a IfLtz "if-ltz" F21t None (CONTINUE | BRANCH);
    0x3b IfGez "if-gez" F21t None (CONTINUE | BRANCH);
    0x3c IfGtz "if-gtz" F21t None (CONTINUE | BRANCH);
    0x3d IfLez "if-lez" F21t None (CONTINUE | BRANCH);
    0x3e Unused3E "unused-3e" F10x None (UNUSED);
    0x3f Unused3F "unused-3f" F10x None (UNUSED);
    0x40 Unused40 "unused-40" F10x None (UNUSED);
    0x41 Unused41 "unused-41" F10x None (UNUSED);
    0x42 Unused42 "unused-42" F10x None (UNUSED);
    0x43 Unused43 "unused-43" F10x None (UNUSED);
    0x44 Aget "aget" F23x None (CONTINUE | THROW);
    0x45 AgetWide "aget-wide" F23x None (CONTINUE | THROW);
    0x46 AgetObject "aget-object" F23x None (CONTINUE | THROW);
    0x47 AgetBoolean "aget-boolean" F23x None (CONTINUE | THROW);
    0x48 AgetByte "aget-byte" F23x None (CONTINUE | THROW);
    0x49 AgetChar "aget-char" F23x None (CONTINUE | THROW);
    0x4a AgetShort "aget-short" F23x None (CONTINUE | THROW);
    0x4b Aput "aput" F23x None (CONTINUE | THROW);
    0x4c AputWide "aput-wide" F23x None (CONTINUE | THROW);
    0x4d AputObject "aput-object" F23x None (CONTINUE | THROW);
    0x4e AputBoolean "aput-boolean" F23x None (CONTINUE | THROW);
    0x4f AputByte "aput-byte" F23x None (CONTINUE | THROW);
    0x50 AputChar "aput-char" F23x None (CONTINUE | THROW);
    0x51 AputShort "aput-short" F23x None (CONTINUE | THROW);
    0x52 Iget "iget" F22c Field (CONTINUE | THROW);
    0x53 IgetWide "iget-wide" F22c Field (CONTINUE | THROW);
    0x54 IgetObject "iget-object" F22c Field (CONTINUE | THROW);
    0x55 IgetBoolean "iget-boolean" F22c Field (CONTINUE | THROW);
    0x56 IgetByte "iget-byte" F22c Field (CONTINUE | THROW);
    0x57 IgetChar "iget-char" F22c Field (CONTINUE | THROW);
    0x58 IgetShort "iget-short" F22c Field (CONTINUE | THROW);
    0x59 Iput "iput" F22c Field (CONTINUE | THROW);
    0x5a IputWide "iput-wide" F22c Field (CONTINUE | THROW);
    0x5b IputObject "iput-object" F22c Field (CONTINUE | THROW);
    0x5c IputBoolean "iput-boolean" F22c Field (CONTINUE | THROW);
    0x5d IputByte "iput-byte" F22c Field (CONTINUE | THROW);
    0x5e IputChar "iput-char" F22c Field (CONTINUE | THROW);
    0x5f IputShort "iput-short" F22c Field (CONTINUE | THROW);
    0x60 Sget "sget" F21c Field (CONTINUE | THROW);
    0x61 SgetWide "sget-wide" F21c Field (CONTINUE | THROW);
    0x62 SgetObject "sget-object" F21c Field (CONTINUE | THROW);
    0x63 SgetBoolean "sget-boolean" F21c Field (CONTINUE | THROW);
    0x64 SgetByte "sget-byte" F21c Field (CONTINUE | THROW);
    0x65 SgetChar "sget-char" F21c Field (CONTINUE | THROW);
    0x66 SgetShort "sget-short" F21c Field (CONTINUE | THROW);
    0x67 Sput "sput" F21c Field (CONTINUE | THROW);
    0x68 SputWide "sput-wide" F21c Field (CONTINUE | THROW);
    0x69 SputObject "sput-object" F21c Field (CONTINUE | THROW);
    0x6a SputBoolean "sput-boolean" F21c Field (CONTINUE | THROW);
    0x6b SputByte "sput-byte" F21c Field (CONTINUE | THROW);
    0x6c SputChar "sput-char" F21c Field (CONTINUE | THROW);
    0x6d SputShort "sput-short" F21c Field (CONTINUE | THROW);
    0x6e InvokeVirtual "invoke-virtual" F35c Method (CONTINUE | THROW | INVOKE);
    0x6f InvokeSuper "invoke-super" F35c Method (CONTINUE | THROW | INVOKE);
    0x70 InvokeDirect "invoke-direct" F35c Method (CONTINUE | THROW | INVOKE);
    0x71 InvokeStatic "invoke-static" F35c Method (CONTINUE | THROW | INVOKE);
    0x72 InvokeInterface "invoke-interface" F35c Method (CONTINUE | THROW | INVOKE);
    0x73 ReturnVoidNoBarrier "return-void-no-barrier" F10x None (RETURN | QUICK);
    0x74 InvokeVirtualRange "invoke-virtual/range" F3rc Method (CONTINUE | THROW | INVOKE);
    0x75 InvokeSuperRange "invoke-super/range" F3rc Method (CONTINUE | THROW | INVOKE);
    0x76 InvokeDirectRange "invoke-direct/range" F3rc Method (CONTINUE | THROW | INVOKE);
    0x77 InvokeStaticRange "invoke-static/range" F3rc Method (CONTINUE | THROW | INVOKE);
    0x78 InvokeInterfaceRange "invoke-interface/range" F3rc Method (CONTINUE | THROW | INVOKE);
    0x79 Unused79 "unused-79" F10x None (UNUSED);
    0x7a Unused7A "unused-7a" F10x None (UNUSED);
    0x7b NegInt "neg-int" F12x None (CONTINUE);
    0x7c NotInt "not-int" F12x None (CONTINUE);
    0x7d NegLong "neg-long" F12x None (CONTINUE);
    0x7e NotLong "not-long" F12x None (CONTINUE);
    0x7f NegFloat "neg-float" F12x None (CONTINUE);
    0x80 NegDouble "neg-double" F12x None (CONTINUE);
    0x81 IntToLong "int-to-long" F12x None (CONTINUE);
    0x82 IntToFloat "int-to-float" F12x None (CONTINUE);
    0x83 IntToDouble "int-to-double" F12x None (CONTINUE);
    0x84 LongToInt "long-to-int" F12x None (CONTINUE);
    0x85 LongToFloat "long-to-float" F12x None (CONTINUE);
    0x86 LongToDouble "long-to-double" F12x None (CONTINUE);
    0x87 FloatToInt "float-to-int" F12x None (CONTINUE);
    0x88 FloatToLong "float-to-long" F12x None (CONTINUE);
    0x89 FloatToDouble "float-to-double" F12x None (CONTINUE);
    0x8a DoubleToInt "double-to-int" F12x None (CONTINUE);
    0x8b DoubleToLong "double-to-long" F12x None (CONTINUE);
    0x8c DoubleToFloat "double-to-float" F12x None (CONTINUE);
    0x8d IntToByte "int-to-byte" F12x None (CONTINUE);
    0x8e IntToChar "int-to-char" F12x None (CONTINUE);
    0x8f IntToShort "int-to-short" F12x None (CONTINUE);
    0x90 AddInt "add-int" F23x None (CONTINUE);
    0x91 SubInt "sub-int" F23x None (CONTINUE);
    0x92 MulInt "mul-int" F23x None (CONTINUE);
    0x93 DivInt "div-int" F23x None (CONTINUE | THROW);
    0x94 RemInt "rem-int" F23x None (CONTINUE | THROW);
    0x95 AndInt "and-int" F23x None (CONTINUE);
    0x96 OrInt "or-int" F23x None (CONTINUE);
    0x97 XorInt "xor-int" F23x None (CONTINUE);
    0x98 ShlInt "shl-int" F23x None (CONTINUE);
    0x99 ShrInt "shr-int" F23x None (CONTINUE);
    0x9a UshrInt "ushr-int" F23x None (CONTINUE);
    0x9b AddLong "add-long" F23x None (CONTINUE);
    0x9c SubLong "sub-long" F23x None (CONTINUE);
    0x9d MulLong "mul-long" F23x None (CONTINUE);
    0x9e DivLong "div-long" F23x None (CONTINUE | THROW);
    0x9f RemLong "rem-long" F23x None (CONTINUE | THROW);
    0xa0 AndLong "and-long" F23x None (CONTINUE);
    0xa1 OrLong "or-long" F23x None (CONTINUE);
    0xa2 XorLong "xor-long" F23x None (CONTINUE);
    0xa3 ShlLong "shl-long" F23x None (CONTINUE);
    0xa4 ShrLong "shr-long" F23x None (CONTINUE);
    0xa5 UshrLong "ushr-long" F23x None (CONTINUE);
    0xa6 AddFloat "add-float" F23x None (CONTINUE);
    0xa7 SubFloat "sub-float" F23x None (CONTINUE);
    0xa8 MulFloat "mul-float" F23x None (CONTINUE);
    0xa9 DivFloat "div-float" F23x None (CONTINUE);
    0xaa RemFloat "rem-float" F23x None (CONTINUE);
    0xab AddDouble "add-double" F23x None (CONTINUE);
    0xac SubDouble "sub-double" F23x None (CONTINUE);
    0xad MulDouble "mul-double" F23x None (CONTINUE);
    0xae DivDouble "div-double" F23x None (CONTINUE);
    0xaf RemDouble "rem-double" F23x None (CONTINUE);
    0xb0 AddInt2addr "add-int/2addr" F12x None (CONTINUE);
    0xb1 SubInt2addr "sub-int/2addr" F12x None (CONTINUE);
    0xb2 MulInt2addr "mul-int/2addr" F12x None (CONTINUE);
    0xb3 DivInt2addr "div-int/2addr" F12x None (CONTINUE | THROW);
    0xb4 RemInt2addr "rem-int/2addr" F12x None (CONTINUE | THROW);
    0xb5 AndInt2addr "and-int/2addr" F12x None (CONTINUE);
    0xb6 OrInt2addr "or-int/2addr" F12x None (CONTINUE);
    0xb7 XorInt2addr "xor-int/2addr" F12x None (CONTINUE);
    0xb8 ShlInt2addr "shl-int/2addr" F12x None (CONTINUE);
    0xb9 ShrInt2addr "shr-int/2addr" F12x None (CONTINUE);
    0xba UshrInt2addr "ushr-int/2addr" F12x None (CONTINUE);
    0xbb AddLong2addr "add-long/2addr" F12x None (CONTINUE);
    0xbc SubLong2addr "sub-long/2addr" F12x None (CONTINUE);
    0xbd MulLong2addr "mul-long/2addr" F12x None (CONTINUE);
    0xbe DivLong2addr "div-long/2addr" F12x None (CONTINUE | THROW);
    0xbf RemLong2addr "rem-long/2addr" F12x None (CONTINUE | THROW);
    0xc0 AndLong2addr "and-long/2addr" F12x None (CONTINUE);
    0xc1 OrLong2addr "or-long/2addr" F12x None (CONTINUE);
    0xc2 XorLong2addr "xor-long/2addr" F12x None (CONTINUE);
    0xc3 ShlLong2addr "shl-long/2addr" F12x None (CONTINUE);
    0xc4 ShrLong2addr "shr-long/2addr" F12x None (CONTINUE);
    0xc5 UshrLong2addr "ushr-long/2addr" F12x None (CONTINUE);
    0xc6 AddFloat2addr "add-float/2addr" F12x None (CONTINUE);
    0xc7 SubFloat2addr "sub-float/2addr" F12x None (CONTINUE);
    0xc8 MulFloat2addr "mul-float/2addr" F12x None (CONTINUE);
    0xc9 DivFloat2addr "div-float/2addr" F12x None (CONTINUE);
    0xca RemFloat2addr "rem-float/2addr" F12x None (CONTINUE);
    0xcb AddDouble2addr "add-double/2addr" F12x None (CONTINUE);
    0xcc SubDouble2addr "sub-double/2addr" F12x None (CONTINUE);
    0xcd MulDouble2addr "mul-double/2addr" F12x None (CONTINUE);
    0xce DivDouble2addr "div-double/2addr" F12x None (CONTINUE);
    0xcf RemDouble2addr "rem-double/2addr" F12x None (CONTINUE);
    0xd0 AddIntLit16 "add-int/lit16" F22s None (CONTINUE);
    0xd1 RsubInt "rsub-int" F22s None (CONTINUE);
    0xd2 MulIntLit16 "mul-int/lit16" F22s None (CONTINUE);
    0xd3 DivIntLit16 "div-int/lit16" F22s None (CONTINUE | THROW);
    0xd4 RemIntLit16 "rem-int/lit16" F22s None (CONTINUE | THROW);
    0xd5 AndIntLit16 "and-int/lit16" F22s None (CONTINUE);
    0xd6 OrIntLit16 "or-int/lit16" F22s None (CONTINUE);
    0xd7 XorIntLit16 "xor-int/lit16" F22s None (CONTINUE);
    0xd8 AddIntLit8 "add-int/lit8" F22b None (CONTINUE);
    0xd9 RsubIntLit8 "rsub-int/lit8" F22b None (CONTINUE);
    0xda MulIntLit8 "mul-int/lit8" F22b None (CONTINUE);
    0xdb DivIntLit8 "div-int/lit8" F22b None (CONTINUE | THROW);
    0xdc RemIntLit8 "rem-int/lit8" F22b None (CONTINUE | THROW);
    0xdd AndIntLit8 "and-int/lit8" F22b None (CONTINUE);
    0xde OrIntLit8 "or-int/lit8" F22b None (CONTINUE);
    0xdf XorIntLit8 "xor-int/lit8" F22b None (CONTINUE);
    0xe0 ShlIntLit8 "shl-int/lit8" F22b None (CONTINUE);
    0xe1 ShrIntLit8 "shr-int/lit8" F22b None (CONTINUE);
    0xe2 UshrIntLit8 "ushr-int/lit8" F22b None (CONTINUE);
    0xe3 IgetQuick "iget-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xe4 IgetWideQuick "iget-wide-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xe5 IgetObjectQuick "iget-object-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xe6 IputQuick "iput-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xe7 IputWideQuick "iput-wide-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xe8 IputObjectQuick "iput-object-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xe9 InvokeVirtualQuick "invoke-virtual-quick" F35c VtableIndex (CONTINUE | THROW | QUICK | INVOKE);
    0xea InvokeVirtualRangeQuick "invoke-virtual/range-quick" F3rc VtableIndex (CONTINUE | THROW | QUICK | INVOKE);
    0xeb IputBooleanQuick "iput-boolean-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xec IputByteQuick "iput-byte-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xed IputCharQuick "iput-char-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xee IputShortQuick "iput-short-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xef IgetBooleanQuick "iget-boolean-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xf0 IgetByteQuick "iget-byte-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xf1 IgetCharQuick "iget-char-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xf2 IgetShortQuick "iget-short-quick" F22c FieldOffset (CONTINUE | THROW | QUICK);
    0xf3 UnusedF3 "unused-f3" F10x None (UNUSED);
    0xf4 UnusedF4 "unused-f4" F10x None (UNUSED);
    0xf5 UnusedF5 "unused-f5" F10x None (UNUSED);
    0xf6 UnusedF6 "unused-f6" F10x None (UNUSED);
    0xf7 UnusedF7 "unused-f7" F10x None (UNUSED);
    0xf8 UnusedF8 "unused-f8" F10x None (UNUSED);
    0xf9 UnusedF9 "unused-f9" F10x None (UNUSED);
    0xfa InvokePolymorphic "invoke-polymorphic" F45cc Method (CONTINUE | THROW | INVOKE);
    0xfb InvokePolymorphicRange "invoke-polymorphic/range" F4rcc Method (CONTINUE | THROW | INVOKE);
    0xfc InvokeCustom "invoke-custom" F35c CallSite (CONTINUE | THROW | INVOKE);
    0xfd InvokeCustomRange "invoke-custom/range" F3rc CallSite (CONTINUE | THROW | INVOKE);
    0xfe ConstMethodHandle "const-method-handle" F21c MethodHandle (CONTINUE | THROW);
    0xff ConstMethodType "const-method-type" F21c Proto (CONTINUE | THROW);
}

impl Op {
    /// The opcode with this number: the low byte of an instruction's first unit.
    #[must_use]
    #[inline]
    pub fn from_byte(byte: u8) -> Op {
        // The table has 256 rows, so the fall-back is never taken.
        ALL.get(usize::from(byte)).copied().unwrap_or(Op::Nop)
    }

    /// The number of this opcode.
    #[must_use]
    #[inline]
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// Calls something: every `invoke-*`, quickened ones included.
    #[must_use]
    #[inline]
    pub const fn is_invoke(self) -> bool {
        self.flags() & INVOKE != 0
    }

    /// Leaves the method normally.
    #[must_use]
    #[inline]
    pub const fn is_return(self) -> bool {
        self.flags() & RETURN != 0
    }

    /// Is the `throw` instruction itself; see [`Op::can_throw`] for those that merely may.
    #[must_use]
    #[inline]
    pub const fn is_throw(self) -> bool {
        matches!(self, Op::Throw)
    }

    /// May raise an exception.
    #[must_use]
    #[inline]
    pub const fn can_throw(self) -> bool {
        self.flags() & THROW != 0
    }

    /// Jumps to [`Insn::target`](crate::Insn::target): `goto*` and `if-*`, not the switches.
    #[must_use]
    #[inline]
    pub const fn is_branch(self) -> bool {
        self.flags() & BRANCH != 0
    }

    /// Is `packed-switch` or `sparse-switch`.
    #[must_use]
    #[inline]
    pub const fn is_switch(self) -> bool {
        self.flags() & SWITCH != 0
    }

    /// Control may go on to the instruction behind this one.
    #[must_use]
    #[inline]
    pub const fn can_continue(self) -> bool {
        self.flags() & (CONTINUE | UNUSED) != 0
    }

    /// Was written by dex2oat in place of another instruction.
    #[must_use]
    #[inline]
    pub const fn is_quick(self) -> bool {
        self.flags() & QUICK != 0
    }

    /// No release of Android gives this number a meaning; the runtime sizes it as one unit and refuses to run it.
    #[must_use]
    #[inline]
    pub const fn is_unused(self) -> bool {
        self.flags() & UNUSED != 0
    }

    /// Takes its arguments as a range of registers instead of a list.
    #[must_use]
    #[inline]
    pub const fn is_range(self) -> bool {
        matches!(self.format(), Format::F3rc | Format::F4rcc)
    }
}
