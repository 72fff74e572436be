//! Python's `Decimal`: what a database's fractions are in templates.

use super::arguments::{Arguments, fail};
use super::number::Number;
use crate::jinja::{DynObject, Error, ErrorKind, Object, ObjectRepr, State, Value};
use num_bigint::{BigInt, Sign};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// How many digits a result of arithmetic has at most.
const PRECISION: usize = 28;
/// Exponents beyond are refused: they would take all memory.
const FURTHEST: i64 = 10_000;

/// `coefficient × 10^exponent`; trailing zeros are kept, as Python does.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Decimal {
    coefficient: BigInt,
    exponent: i64,
}

impl Decimal {
    /// Reads `-12.50` or `1e-7`.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.trim().split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
            None => (text.trim(), 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let coefficient = [whole, fraction].concat();
        let exponent = exponent.checked_sub(fraction.len() as i64).filter(|exponent| exponent.abs() <= FURTHEST)?;
        Some(Self { coefficient: coefficient.parse().ok()?, exponent })
    }

    /// As a value.
    pub fn value(self) -> Value {
        Value::from_object(self)
    }

    /// The decimal that a value is, or that a whole number is in arithmetic with one.
    pub(super) fn of(value: &Value) -> Option<Self> {
        if let Some(decimal) = value.downcast_object_ref::<Self>() {
            return Some(decimal.clone());
        }
        match Number::of(value)? {
            Number::Int(whole) => Some(Self { coefficient: whole.into(), exponent: 0 }),
            Number::Float(_) => None,
        }
    }

    /// Whether a value is a decimal.
    pub(super) fn is(value: &Value) -> bool {
        value.downcast_object_ref::<Self>().is_some()
    }

    /// The nearest binary fraction.
    pub(super) fn float(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Without what is behind the point.
    pub fn truncated(&self) -> Option<i128> {
        let power = power_of_ten(self.exponent.unsigned_abs());
        let whole = if self.exponent < 0 { &self.coefficient / power } else { &self.coefficient * power };
        i128::try_from(&whole).ok()
    }

    /// Without its sign.
    pub fn abs(&self) -> Self {
        Self { coefficient: self.coefficient.magnitude().clone().into(), exponent: self.exponent }.rounded()
    }

    /// With the other sign.
    pub fn negated(&self) -> Self {
        Self { coefficient: -&self.coefficient, exponent: self.exponent }.rounded()
    }

    /// With a number of digits behind the point; a half goes to the even digit.
    pub fn with_places(&self, places: i64) -> Self {
        self.with_exponent(-places.clamp(-FURTHEST, FURTHEST))
    }

    fn with_exponent(&self, exponent: i64) -> Self {
        let distance = exponent - self.exponent;
        let power = power_of_ten(distance.unsigned_abs());
        let coefficient =
            if distance <= 0 { &self.coefficient * power } else { halves_to_even(&self.coefficient, &power) };
        Self { coefficient, exponent }
    }

    /// With no more digits than arithmetic keeps.
    fn rounded(self) -> Self {
        match self.digits().len().checked_sub(PRECISION) {
            None | Some(0) => self,
            // Rounding 9.99… up gives a digit more.
            Some(excess) => self.with_exponent(self.exponent + excess as i64).rounded(),
        }
    }

    fn digits(&self) -> String {
        self.coefficient.magnitude().to_string()
    }

    fn is_zero(&self) -> bool {
        self.coefficient.sign() == Sign::NoSign
    }

    /// The coefficients of both at the same exponent, and that exponent.
    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i64) {
        let exponent = self.exponent.min(other.exponent);
        (self.with_exponent(exponent).coefficient, other.with_exponent(exponent).coefficient, exponent)
    }

    /// `a operator b`.
    pub fn calculate(operator: &str, a: &Self, b: &Self) -> Result<Value, Error> {
        if matches!(operator, "/" | "//" | "%") && b.is_zero() {
            return fail("division by zero");
        }
        let (left, right, exponent) = a.aligned(b);
        let result = match operator {
            "+" => Self { coefficient: left + right, exponent },
            "-" => Self { coefficient: left - right, exponent },
            "*" => Self { coefficient: &a.coefficient * &b.coefficient, exponent: a.exponent + b.exponent },
            // Unlike those of whole numbers, they round towards zero.
            "//" => Self { coefficient: left / right, exponent: 0 },
            "%" => Self { coefficient: left % right, exponent },
            "/" => a.divided_by(b),
            _ => return a.power(b),
        };
        if result.exponent.abs() > FURTHEST {
            return fail(format!("the result of `{operator}` is too large"));
        }
        Ok(result.rounded().value())
    }

    fn divided_by(&self, other: &Self) -> Self {
        let wanted = other.digits().len() as i64 - self.digits().len() as i64 + PRECISION as i64 + 1;
        let power = power_of_ten(wanted.unsigned_abs());
        let (left, right) = match wanted >= 0 {
            true => (&self.coefficient * power, other.coefficient.clone()),
            false => (self.coefficient.clone(), &other.coefficient * power),
        };
        let ideal = self.exponent - other.exponent;
        let mut result = Self { coefficient: &left / &right, exponent: ideal - wanted };
        if (&left % &right).sign() != Sign::NoSign {
            // A last digit that is neither 0 nor 5 says that something follows.
            if (&result.coefficient % 5_u8).sign() == Sign::NoSign {
                let up = left.sign() == right.sign();
                result.coefficient += if up { 1 } else { -1 };
            }
            return result;
        }
        while result.exponent < ideal && (&result.coefficient % 10_u8).sign() == Sign::NoSign {
            result.coefficient /= 10_u8;
            result.exponent += 1;
        }
        result
    }

    fn power(&self, by: &Self) -> Result<Value, Error> {
        let whole = by.truncated().filter(|_| by.with_exponent(0).value_eq(by));
        let Some(count) = whole.and_then(|count| i32::try_from(count).ok()).filter(|count| count.abs() < 1000) else {
            let power = self.float().powf(by.float());
            return match Self::parse(&power.to_string()) {
                Some(power) => Ok(power.rounded().value()),
                None => fail("the result of `**` is not a number"),
            };
        };
        let power = Self {
            coefficient: self.coefficient.pow(count.unsigned_abs()),
            exponent: self.exponent * i64::from(count.unsigned_abs()),
        };
        match count < 0 {
            true if self.is_zero() => fail("division by zero"),
            true => Ok(Self { coefficient: 1.into(), exponent: 0 }.divided_by(&power).rounded().value()),
            false => Ok(power.rounded().value()),
        }
    }

    fn value_eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }

    /// Compared with a binary fraction, digit by digit; nothing compares with what is no number.
    pub(super) fn cmp_float(&self, other: f64) -> Option<Ordering> {
        if other.is_infinite() {
            return Some(if other > 0.0 { Ordering::Less } else { Ordering::Greater });
        }
        // Every binary fraction has a finite decimal one, of at most 1074 digits behind the point.
        (!other.is_nan()).then(|| Self::parse(&format!("{other:.1074}"))).flatten().map(|other| self.cmp(&other))
    }

    /// Without zeros at its end.
    fn normalized(&self) -> Self {
        let mut result = self.clone().rounded();
        while !result.is_zero() && (&result.coefficient % 10_u8).sign() == Sign::NoSign {
            result.coefficient /= 10_u8;
            result.exponent += 1;
        }
        if result.is_zero() { Self { exponent: 0, ..result } } else { result }
    }
}

fn power_of_ten(exponent: u64) -> BigInt {
    BigInt::from(10_u8).pow(exponent.min(2 * FURTHEST as u64) as u32)
}

fn halves_to_even(number: &BigInt, by: &BigInt) -> BigInt {
    let (quotient, rest) = (number / by, number % by);
    let up = match (BigInt::from(rest.magnitude().clone()) * 2_u8).cmp(by) {
        Ordering::Greater => true,
        Ordering::Equal => (&quotient % 2_u8).sign() != Sign::NoSign,
        Ordering::Less => false,
    };
    match (up, number.sign()) {
        (true, Sign::Minus) => quotient - 1,
        (true, _) => quotient + 1,
        _ => quotient,
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right, _) = self.aligned(other);
        left.cmp(&right)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        let adjusted = self.exponent + digits.len() as i64 - 1;
        f.write_str(if self.coefficient.sign() == Sign::Minus { "-" } else { "" })?;
        if self.exponent > 0 || adjusted < -6 {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            return write!(f, "{first}{point}{rest}E{adjusted:+}");
        }
        let places = self.exponent.unsigned_abs() as usize;
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        write!(f, "{whole}{}{fraction}", if places > 0 { "." } else { "" })
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal('{self}')")
    }
}

impl Object for Decimal {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.is_zero()
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let args = Arguments::of(method, args);
        Ok(match method {
            "normalize" => self.normalized().value(),
            "to_integral_value" | "to_integral" => self.with_places(0).value(),
            "quantize" => {
                let pattern = args.require(0, "exp")?;
                let Some(pattern) = Self::of(&pattern) else { return Err(args.wrong("exp", "a decimal", &pattern)) };
                self.with_exponent(pattern.exponent).value()
            }
            "adjusted" => Value::from(self.exponent + self.digits().len() as i64 - 1),
            "is_zero" => Value::from(self.is_zero()),
            "is_signed" => Value::from(self.coefficient.sign() == Sign::Minus),
            "is_nan" | "is_infinite" => Value::from(false),
            "is_finite" => Value::from(true),
            "copy_abs" => Self { coefficient: self.coefficient.magnitude().clone().into(), ..(**self).clone() }.value(),
            "copy_negate" => Self { coefficient: -&self.coefficient, ..(**self).clone() }.value(),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Self>().map(|other| self.as_ref().cmp(other))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_ref(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn writes_what_python_writes() {
        for (read, written) in [
            ("1.50", "1.50"),
            ("-0.05", "-0.05"),
            ("1e20", "1E+20"),
            ("0.0000001", "1E-7"),
            ("1.25e-9", "1.25E-9"),
            ("100", "100"),
            ("0.00", "0.00"),
            ("12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"),
        ] {
            assert_eq!(decimal(read).to_string(), written);
        }
        assert!(
            Decimal::parse("NaN").is_none() && Decimal::parse("").is_none() && Decimal::parse("1e999999").is_none()
        );
    }

    #[test]
    fn calculates_as_python_does() {
        for (a, operator, b, result) in [
            ("1.50", "+", "-2.25", "-0.75"),
            ("1.50", "-", "1.5", "0.00"),
            ("1.50", "*", "2.25", "3.3750"),
            ("1", "/", "3", "0.3333333333333333333333333333"),
            ("2", "/", "3", "0.6666666666666666666666666667"),
            ("1.50", "/", "-2.25", "-0.6666666666666666666666666667"),
            ("3.00", "/", "2", "1.50"),
            ("-7.5", "//", "2", "-3"),
            ("-7.5", "%", "2", "-1.5"),
            ("1.5", "**", "2", "2.25"),
            ("2", "**", "-2", "0.25"),
            ("9999999999999999999999999999", "+", "0.5", "1.000000000000000000000000000E+28"),
        ] {
            let value = Decimal::calculate(operator, &decimal(a), &decimal(b)).unwrap();
            assert_eq!(value.to_string(), result, "{a} {operator} {b}");
        }
        assert!(Decimal::calculate("/", &decimal("1"), &decimal("0")).is_err());
    }

    #[test]
    fn rounds_halves_to_the_even_digit_and_compares_by_value() {
        assert_eq!(decimal("2.5").with_places(0).to_string(), "2");
        assert_eq!(decimal("-2.675").with_places(2).to_string(), "-2.68");
        assert_eq!(decimal("1.50"), decimal("1.50"));
        assert_eq!(decimal("1.50").cmp(&decimal("1.5")), Ordering::Equal);
        assert_eq!(decimal("0.1").cmp_float(0.1), Some(Ordering::Less));
        assert_eq!(decimal("0.5").cmp_float(0.5), Some(Ordering::Equal));
    }
}
