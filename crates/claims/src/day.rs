//! Days, as statements and builds name them. There is no clock here: days are only compared with each other.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day, a month or a year: what is not said is 0, and stands before every day of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Day {
    /// Reads `2017`, `2017-07`, `2017-07-31`, anything that begins so (RFC 3339), or what `date` prints
    /// (`Sat Aug 27 20:07:56 CST 2016`), which is how Android writes `ro.build.date`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Day> {
        let text = text.trim();
        Day::of_numbers(text.split(['T', ' ']).next()?).or_else(|| Day::of_words(text))
    }

    /// The day of a time in seconds since 1970, in UTC.
    #[must_use]
    pub fn of_unix(seconds: u64) -> Day {
        // Days since 0000-03-01 in the Gregorian calendar, as in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
        let days = seconds / 86_400 + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        let narrow = |number: u64| u8::try_from(number).unwrap_or(0);
        Day {
            year: u16::try_from(year).unwrap_or(u16::MAX),
            month: narrow(month),
            day: narrow(day_of_year - (153 * shifted + 2) / 5 + 1),
        }
    }

    /// The same day a year later (the 28th for a 29th of February).
    #[must_use]
    pub fn a_year_later(self) -> Day {
        let day = if self.month == 2 && self.day == 29 { 28 } else { self.day };
        Day { year: self.year.saturating_add(1), month: self.month, day }
    }

    fn of_numbers(text: &str) -> Option<Day> {
        let mut parts = text.split('-');
        let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
        let mut next = |most: u8| match parts.next() {
            None => Some(0),
            Some(part) => part.parse::<u8>().ok().filter(|number| (1..=most).contains(number)),
        };
        let (month, day) = (next(12)?, next(31)?);
        parts.next().is_none().then_some(Day { year, month, day })
    }

    fn of_words(text: &str) -> Option<Day> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let month = words.iter().position(|word| MONTHS.contains(&word.to_ascii_lowercase().as_str()))?;
        let number = MONTHS.iter().position(|name| words[month].eq_ignore_ascii_case(name))?;
        let day = words.get(month + 1)?.parse().ok().filter(|day| (1..=31).contains(day))?;
        let year = words.last().filter(|year| year.len() == 4)?.parse().ok()?;
        Some(Day { year, month: u8::try_from(number + 1).ok()?, day })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if self.month > 0 {
            write!(f, "-{:02}", self.month)?;
        }
        if self.day > 0 {
            write!(f, "-{:02}", self.day)?;
        }
        Ok(())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Date(toml::value::Datetime),
            Year(u16),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Date(date) => date.to_string(),
            Written::Year(year) => year.to_string(),
            Written::Text(text) => text,
        };
        Day::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("{text:?} is no day: write 2017-07-31, 2017-07 or 2017"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn days_are_read_as_builds_and_people_write_them() {
        for (text, shown) in [
            ("2017", Some("2017")),
            ("2017-07", Some("2017-07")),
            ("2017-07-31", Some("2017-07-31")),
            ("2017-07-31T10:00:00Z", Some("2017-07-31")),
            ("Sat Aug 27 20:07:56 CST 2016", Some("2016-08-27")),
            ("Wed Apr  5 11:03:06 CST 2017", Some("2017-04-05")),
            ("2017-13", None),
            ("2017-07-32", None),
            ("2017-07-31-01", None),
            ("yesterday", None),
            ("Aug 2016", None),
            ("", None),
        ] {
            assert_eq!(Day::parse(text).map(|day| day.to_string()).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn clocks_count_seconds() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_305_600, "2026-11-22"),
        ] {
            assert_eq!(Day::of_unix(seconds).to_string(), day);
        }
    }

    #[test]
    fn a_month_stands_before_its_days() {
        let day = |text| Day::parse(text).expect("a day");
        assert!(day("2016") < day("2016-11") && day("2016-11") < day("2016-11-15"));
        assert!(day("2016-11-15") < day("2016-12"));
    }
}
