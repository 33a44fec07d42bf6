//! stub
#![allow(missing_docs)]
#[derive(Debug, Default, Clone)]
pub struct Models {}
impl Models { pub fn find(&self, _c: &str, _n: &str, _p: &str) -> Option<&Model> { None } }
#[derive(Debug, Clone)]
pub struct Model { pub class: String, pub name: String, pub params: Option<String>, pub steps: Vec<Step>, pub transform: Option<Transform> }
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base { This, Argument(u8), AllArguments, Return }
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part { Content, Key(u8), Literal(String), Index(i64), Named(String) }
#[derive(Debug, Clone)]
pub struct Access { pub base: Base, pub parts: Vec<Part> }
#[derive(Debug, Clone)]
pub enum Key { At(Access), Literal(String) }
#[derive(Debug, Clone)]
pub enum Step { Copy{from:Access,to:Access}, Derive{from:Access,to:Access}, Append{from:Access,to:Access}, Clear(Access), Call{on:Access,name:String,proto:String,arguments:Vec<Access>,into:Option<Access>}, Register(Access), Unregister(Option<Access>), Open{kind:OpenKind,key:Key,into:Access}, Send{kind:SendKind,what:Access} }
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpenKind {Preferences,File,Database,Table,Provider,Setting,Property,Socket,Clipboard}
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SendKind {Activity,ActivityForResult,Service,Bind,Broadcast,Result,Message}
#[derive(Debug, Clone)]
pub struct Transform { pub kind: String, pub algorithm: Option<String>, pub algorithm_argument: Option<u8> }
