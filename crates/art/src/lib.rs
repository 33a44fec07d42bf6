//! What the Android runtime keeps beside an APK: OAT files, their embedded DEX, quickened code restored.
