"""The part of the findings library that is the same for all findings: how resources are read, and what is counted.

It reads charts in the project's own form (``fhir/README.md``): Observations with the local code of a finding, and one
response to the injection record for each injection. ``$NAME`` stands for what comes from the knowledge.
"""

from __future__ import annotations

from string import Template

from sacroiliac.chart.fhir.codes import ANSWERS, LOCAL, local_code
from sacroiliac.chart.fhir.questionnaires import URL
from sacroiliac.chart.fhir.sides import MCODE
from sacroiliac.export.writer import listed, text
from sacroiliac.knowledge.model import Knowledge

STATEMENT = (
    "Tuple { code String, first Date, last Date, side String, yes Boolean, amount Decimal, unit String, "
    "word String, named Tuple { first Date, last Date } }"
)


def prelude(knowledge: Knowledge) -> str:
    """The functions of the findings library, and the injections."""
    yes = [*_codes(knowledge, "positive"), *_codes(knowledge, "present")]
    no = [*_codes(knowledge, "negative"), *_codes(knowledge, "absent")]
    return Template(_TEXT).substitute(
        LOCAL=text(knowledge.systems[LOCAL].uri),
        SNOMED=text(knowledge.systems["snomed"].uri),
        ANSWERS=text(ANSWERS),
        MCODE=text(MCODE),
        RECORD=text(URL),
        LEFT=listed(_codes(knowledge, "laterality_left")),
        RIGHT=listed(_codes(knowledge, "laterality_right")),
        BOTH=listed(_codes(knowledge, "laterality_bilateral")),
        YES=listed(yes),
        NO=listed(no),
        STATEMENT=STATEMENT,
        FIELDS=_fields(knowledge),
        MERGED=_merged(knowledge),
        LEAST_HOURS=_least_hours(knowledge),
    )


def _codes(knowledge: Knowledge, concept: str) -> list[str]:
    return [text(one.code) for one in knowledge.concepts[concept].codes if one.system == "snomed"]


# ----------------------------------------------------------------------------------------- the injection record

NEEDED = (
    "target", "intent", "guidance", "contrast", "contrast_pattern", "anesthetic", "steroid", "pre_pain", "post_pain",
    "relief_percent", "relief_hours", "concordant_duration", "same_scale", "sustained_percent", "sustained_weeks",
    "function_gain_percent", "med_reduction", "service_reduction",
)  # fmt: skip
"""The fields of the injection record that blocks and treatments are made from, besides date and side."""


def _fields(knowledge: Knowledge) -> str:
    """How each field is read from a response."""
    fields = knowledge.findings["sij_injections"].fields
    lines = []
    for name in NEEDED:
        field = fields[name]
        if field.type == "bool":
            read = f'"AnswerYes"(R, {text(name)})'
        elif field.type == "number":
            read = f'"AnswerAmount"(R, {text(name)}, {field.minimum:g}, {field.maximum:g})'
        else:
            read = f'"AnswerWord"(R, {text(name)}, {listed(text(local_code(word)) for word in field.values)})'
        lines.append(f'      "{name}": ' + (f"Coalesce({read}, 'joint')" if name == "target" else read))
    return ",\n".join(lines)


def _merged(knowledge: Knowledge) -> str:
    """Each field from the first response that gives it."""
    fields = [name for name in NEEDED if name != "target"]
    return ",\n".join(
        f'      "{name}": First(alike S where S."{name}" is not null return all S."{name}")' for name in fields
    )


def _least_hours(knowledge: Knowledge) -> str:
    """How long the relief of each anaesthetic lasts at least."""
    whens = [
        f'when I."anesthetic" = {text(drug)} then I."relief_hours" >= {least.value:g}'
        for drug, least in knowledge.injections.shortest_relief_hours.items()
    ]
    return " ".join(whens)


_TEXT = """\
// ------------------------------------------------------------------ numbers known within bounds
// A bound that is null is open. Every function answers null where the bounds leave it open.

define function "Known"(amount Decimal):
  if amount is null then null else Tuple { low: amount, high: amount }

define function "AtLeast"(number Tuple { low Decimal, high Decimal }, least Decimal):
  case when number.low >= least then true when number.high < least then false else null end

define function "MoreThan"(number Tuple { low Decimal, high Decimal }, limit Decimal):
  case when number.low > limit then true when number.high <= limit then false else null end

define function "AtMost"(number Tuple { low Decimal, high Decimal }, most Decimal):
  not "MoreThan"(number, most)

define function "LessThan"(number Tuple { low Decimal, high Decimal }, limit Decimal):
  not "AtLeast"(number, limit)

define function "Exactly"(number Tuple { low Decimal, high Decimal }, amount Decimal):
  case
    when number.low = amount and number.high = amount then true
    when number.low > amount or number.high < amount then false
    else null
  end

define function "NotExactly"(number Tuple { low Decimal, high Decimal }, amount Decimal):
  not "Exactly"(number, amount)

define function "Plus"(left Tuple { low Decimal, high Decimal }, right Tuple { low Decimal, high Decimal }):
  Tuple { low: left.low + right.low, high: left.high + right.high }

define function "Minus"(left Tuple { low Decimal, high Decimal }, right Tuple { low Decimal, high Decimal }):
  Tuple { low: left.low - right.high, high: left.high - right.low }

// How many of some yes-or-no answers are yes: those that are null may be.
define function "HowMany"(answers List<Boolean>):
  Tuple {
    low: ToDecimal(Count(answers A where A is true return all A)),
    high: ToDecimal(Count(answers A where (A is false) = false return all 1))
  }

define function "OneIfAny"(answers List<Boolean>):
  Tuple {
    low: if exists (answers A where A is true return all A) then 1.0 else 0.0,
    high: if exists (answers A where (A is false) = false return all 1) then 1.0 else 0.0
  }

// A FHIR chart cannot say that a list lacks nothing: there may always be more.
define function "Listed"(number Integer):
  Tuple { low: ToDecimal(number), high: null as Decimal }

// ----------------------------------------------------------------------------------------- dates

define function "FirstDay"(written Date):
  if written is null then null
    else Date(year from written, Coalesce(month from written, 1), Coalesce(day from written, 1))

define function "LastDay"(written Date):
  case
    when written is null then null
    when month from written is null then Date(year from written, 12, 31)
    when day from written is null then Date(year from written, month from written, 1) + 1 month - 1 day
    else written
  end

define function "MonthsLater"(start Date, number Integer):
  if start is null or number is null then null
    else start + System.Quantity { value: ToDecimal(number), unit: 'months' }

define function "MonthsAgo"(number Integer):
  "ReviewDate" - System.Quantity { value: ToDecimal(number), unit: 'months' }

define function "MonthNumbers"(start Date, stop Date):
  ((year from stop) - (year from start)) * 12 + (month from stop) - (month from start)

define function "WholeMonths"(start Date, stop Date):
  if "MonthsLater"(start, "MonthNumbers"(start, stop)) > stop
    then "MonthNumbers"(start, stop) - 1 else "MonthNumbers"(start, stop)

// Whole calendar months, and the part of the month begun.
define function "MonthsBetween"(start Date, stop Date):
  "MonthsAndDays"(start, stop, "WholeMonths"(start, stop))

define function "MonthsAndDays"(start Date, stop Date, whole Integer):
  ToDecimal(whole)
    + ToDecimal(difference in days between "MonthsLater"(start, whole) and stop)
    / ToDecimal(difference in days between "MonthsLater"(start, whole) and "MonthsLater"(start, whole + 1))

define function "MonthsSince"(dated Tuple { first Date, last Date }):
  Tuple {
    low: "MonthsBetween"(dated.last, "ReviewDate"),
    high: "MonthsBetween"(dated.first, "ReviewDate")
  }

// Since a day that is not after the review.
define function "MonthsPassed"(dated Tuple { first Date, last Date }):
  "NotNegative"("MonthsSince"(dated))

define function "NotNegative"(number Tuple { low Decimal, high Decimal }):
  if number.high >= 0 then Tuple { low: Max({ number.low, 0.0 }), high: number.high } else null

define function "WholeYears"(lived Tuple { low Decimal, high Decimal }):
  if lived is null then null else Tuple {
    low: ToDecimal(Floor(lived.low / 12.0)),
    high: ToDecimal(Floor(lived.high / 12.0))
  }

// The fewest different days on which all was that surely lies before the review, and not before "since".
define function "DaysOf"(dates List<Tuple { first Date, last Date }>, since Date):
  Coalesce((
    (dates D
      where D.last < "ReviewDate" and (since is null or D.first >= since)
      return all Tuple { first: D.first, last: D.last } sort by last) D
      aggregate R starting (Tuple { number: 0, reached: null as Date }):
        if R.reached is null or D.first > R.reached
          then Tuple { number: R.number + 1, reached: D.last } else R
  ).number, 0)

// ----------------------------------------------------------------------------------- observations

define function "Has"(coded FHIR.CodeableConcept, codes List<String>):
  exists (coded.coding C where C.system.value = $SNOMED and C.code.value in codes return all C)

define function "HasSide"(site FHIR.CodeableConcept, codes List<String>):
  "Has"(site, codes) or exists (site.extension E
    where E.url.value = $MCODE and "Has"(E.value as FHIR.CodeableConcept, codes) return all E)

// A site that names two sides names none.
define function "SideOf"(left Boolean, right Boolean, both Boolean):
  case
    when left and not right and not both then 'left'
    when right and not left and not both then 'right'
    when both and not left and not right then 'bilateral'
    else null
  end

define function "YesOrNo"(yes Boolean, no Boolean):
  case when yes and not no then true when no and not yes then false else null end

// What the observations up to the review say, one statement for each of their codes.
define "Statements":
  flatten ([Observation] O
    let
      at: date from Coalesce(
        (O.effective as FHIR.dateTime).value,
        (O.effective as FHIR.instant).value,
        (O.effective as FHIR.Period).start.value,
        (O.effective as FHIR.Period).end.value,
        O.issued.value),
      coded: O.value as FHIR.CodeableConcept,
      quantity: O.value as FHIR.Quantity,
      named: date from (O.value as FHIR.dateTime).value
    where (O.status is null or O.status.value in { 'final', 'amended', 'corrected', 'preliminary', 'unknown' })
      and (at is null or "FirstDay"(at) <= "ReviewDate")
    return all (O.code.coding C where C.system.value = $LOCAL return all Tuple {
      code: C.code.value,
      first: "FirstDay"(at),
      last: "LastDay"(at),
      side: "SideOf"("HasSide"(O.bodySite, $LEFT), "HasSide"(O.bodySite, $RIGHT), "HasSide"(O.bodySite, $BOTH)),
      yes: Coalesce((O.value as FHIR.boolean).value, "YesOrNo"("Has"(coded, $YES), "Has"(coded, $NO))),
      amount: if quantity.comparator is null
        then Coalesce(quantity.value.value, ToDecimal((O.value as FHIR.integer).value)) else null,
      unit: Lower(Coalesce(quantity.code.value, quantity.unit.value, '')),
      word: First(coded.coding A where A.system.value = $ANSWERS return all A.code.value),
      named: if named is null then null else Tuple { first: "FirstDay"(named), last: "LastDay"(named) }
    }))

// The statements of one finding that count: of the side, and not before "since". Two steps: engines may work out
// both parts of an "and" for every statement of the chart.
define function "About"(code String, sided Boolean, since Date):
  ("Statements" S where S.code = code return all S) S
    where (sided = false or S.side = "Side" or S.side = 'bilateral')
      and (since is null or S.last >= since)
    return all S

// The newest of some statements: those that may be as new as the last one. Undated ones count when there is no other.
define function "Newest"(said List<$STATEMENT>):
  "From"(said, "NewestDay"(said, Max(said S return all S.last)))

define function "NewestDay"(said List<$STATEMENT>, last Date):
  Max(said S where S.last = last return all S.first)

define function "From"(said List<$STATEMENT>, since Date):
  said S where since is null or S.last >= since return all S

define function "YesNo"(said List<$STATEMENT>):
  "OnlyYesNo"(("Newest"(said S where S.yes is not null return all S)) S return S.yes)

define function "OnlyYesNo"(values List<Boolean>):
  if Count(values) = 1 then First(values) else null

// A red flag stands when statements of one day disagree.
define function "RedFlag"(said List<$STATEMENT>):
  "AnyYes"(("Newest"(said S where S.yes is not null return all S)) S return S.yes)

define function "AnyYes"(values List<Boolean>):
  case when exists (values V where V return all V) then true when exists (values) then false else null end

define function "Amounts"(said List<$STATEMENT>, units List<String>, least Decimal, most Decimal):
  ("Newest"(said S
    where S.unit in units
      and S.amount is not null
      and (least is null or S.amount >= least)
      and (most is null or S.amount <= most)
    return all S)) S
    return S.amount

define function "Amount"(amounts List<Decimal>):
  if Count(amounts) = 1 then First(amounts) else null

define function "Word"(said List<$STATEMENT>, words List<String>):
  "OnlyWord"(("Newest"(said S where S.word in words return all S)) S return S.word)

define function "OnlyWord"(values List<String>):
  if Count(values) = 1 then First(values) else null

define function "Day"(said List<$STATEMENT>):
  "OnlyDay"(("Newest"(said S where S.named is not null return all S)) S return S.named)

define function "OnlyDay"(values List<Tuple { first Date, last Date }>):
  if Count(values) = 1 then First(values) else null

// A set that statements fill word by word: a word that none of them names is not documented.
define function "Says"(said List<$STATEMENT>, word String):
  if exists (said S where S.word = word return all S) then true else null

define function "SaysAny"(said List<$STATEMENT>, words List<String>):
  exists (said S where S.word in words return all S)

// When images were taken: on the newest day, if all there is says so; else on the day of the newest statement.
define function "TakenOn"(said List<$STATEMENT>):
  "Taken"(said S where S.yes is not null return all S)

define function "Taken"(said List<$STATEMENT>):
  Tuple {
    first: if exists (said S where not S.yes return all S)
      then "NewestDay"(said, Max(said S return all S.last))
      else Max(("Newest"(said)) S return all S.first),
    last: Max(said S return all S.last)
  }

// The last of some days. One that is not known may be as late as the review.
define function "LastTaken"(taken List<Tuple { first Date, last Date }>):
  Tuple {
    first: Max(taken T return all T.first),
    last: if exists (taken T where T is not null and T.first is null return all T)
      then "ReviewDate" else Min({ Max(taken T return all T.last), "ReviewDate" })
  }

// ------------------------------------------------------------------------------------- injections
// One response to the injection record for each injection and side.

define function "Answer"(response FHIR.QuestionnaireResponse, field String):
  "OnlyAnswer"(First(response.item I where I.linkId.value = field return all I).answer)

define function "OnlyAnswer"(answers List<FHIR.QuestionnaireResponse.Item.Answer>):
  if Count(answers) = 1 then First(answers).value else null

define function "AnswerYes"(response FHIR.QuestionnaireResponse, field String):
  ("Answer"(response, field) as FHIR.boolean).value

define function "AnswerAmount"(response FHIR.QuestionnaireResponse, field String, least Decimal, most Decimal):
  "Within"(Coalesce(
    ("Answer"(response, field) as FHIR.decimal).value,
    ToDecimal(("Answer"(response, field) as FHIR.integer).value)), least, most)

define function "Within"(amount Decimal, least Decimal, most Decimal):
  if amount >= least and amount <= most then amount else null

define function "AnswerWord"(response FHIR.QuestionnaireResponse, field String, words List<String>):
  "OneOf"(("Answer"(response, field) as FHIR.Coding).code.value, words)

define function "OneOf"(word String, words List<String>):
  if word in words then word else null

define function "AnswerDay"(response FHIR.QuestionnaireResponse, field String):
  ("Answer"(response, field) as FHIR.date).value

define "Records":
  [QuestionnaireResponse] R
    let written: "AnswerDay"(R, 'date')
    where R.status.value in { 'completed', 'amended' }
      and (R.questionnaire.value = $RECORD or StartsWith(R.questionnaire.value, $RECORD + '|'))
    return all Tuple {
      "id": R.id.value,
      "date": if written is null then null else Tuple { first: "FirstDay"(written), last: "LastDay"(written) },
      "side": "AnswerWord"(R, 'side', { 'left', 'right', 'bilateral' }),
$FIELDS
    }

// Two responses of one day, side and target are one injection.
define "Injections":
  "Records" R
    let alike: ("Records" S
      where S."id" = R."id" or (S."side" = R."side" and S."target" = R."target"
        and S."date".first = R."date".first and S."date".last = R."date".last)
      return all S sort by "id")
    where not exists (alike S where S."id" < R."id" return all S)
    return all Tuple {
      "id": R."id",
      "date": R."date",
      "side": R."side",
      "target": R."target",
$MERGED
    }

// Those of both sides up to the review, oldest first, with what follows from their answers.
define "Done":
  "Injections" I
    let
      relief: Coalesce(I."relief_percent", if I."pre_pain" > 0 and I."post_pain" is not null
        then Max({ 0.0, 100.0 * (I."pre_pain" - I."post_pain") / I."pre_pain" }) else null),
      lasted: Coalesce(I."concordant_duration", case $LEAST_HOURS else null end),
      contrast: Coalesce(I."contrast", I."contrast_pattern" != 'not-used')
    where I."date" is null or I."date".first <= "ReviewDate"
    return all Tuple {
      // One key: an engine may take equal dates for different ones and never come to a second key.
      "key": Coalesce(ToString(I."date".first) + ' ' + ToString(I."date".last), '9999') + ' ' + I."id",
      "date": I."date",
      "side": I."side",
      "target": I."target",
      "guidance": I."guidance",
      "contrast": contrast,
      "anesthetic": I."anesthetic",
      "steroid": I."steroid",
      "relief_percent": relief,
      "relief_hours": I."relief_hours",
      "concordant_duration": lasted,
      "same_scale": I."same_scale",
      "sustained_percent": I."sustained_percent",
      // Relief that is said to have lasted longer than the time that has passed is not used.
      "sustained_weeks": if I."sustained_weeks" * 7 >
          ToDecimal((difference in days between I."date".first and "ReviewDate") + 7)
        then null else I."sustained_weeks",
      "function_gain_percent": I."function_gain_percent",
      "med_reduction": I."med_reduction",
      "service_reduction": I."service_reduction",
      "block": case
        when I."anesthetic" = 'none' then false
        when I."intent" is not null then I."intent" = 'diagnostic' or I."intent" = 'both'
        when relief is not null then true
        else not I."steroid"
      end,
      "treatment": if I."intent" is null then I."steroid" else I."intent" = 'therapeutic' or I."intent" = 'both'
    } sort by "key"

define "dx_blocks_both_sides":
  "Done" I where I."target" = 'joint' and I."block" return all I

define "lbb_blocks_both_sides":
  "Done" I where I."target" = 'lateral-branch' return all I

// The relief of a treatment is the one over weeks, never that of the first hours.
define "tx_injections_both_sides":
  "Done" I where I."target" = 'joint' and I."treatment"
    return all Tuple {
      "date": I."date",
      "side": I."side",
      "guidance": I."guidance",
      "contrast": I."contrast",
      "relief_percent": I."sustained_percent",
      "relief_weeks": I."sustained_weeks",
      "function_gain_percent": I."function_gain_percent",
      "med_reduction": I."med_reduction",
      "service_reduction": I."service_reduction",
      "same_scale": I."same_scale"
    }

define "dx_blocks":
  "dx_blocks_both_sides" I where I."side" = "Side" or I."side" = 'bilateral' return all I

define "lbb_blocks":
  "lbb_blocks_both_sides" I where I."side" = "Side" or I."side" = 'bilateral' return all I

define "tx_injections":
  "tx_injections_both_sides" I where I."side" = "Side" or I."side" = 'bilateral' return all I

define "last_tx":
  Last("tx_injections")

define function "SameSide"(side String, wanted String):
  case
    when side = 'bilateral' or wanted = 'bilateral' then true
    else side = wanted
  end
"""
