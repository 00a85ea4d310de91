//! Charts: what they say, what they draw, what they refuse.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn trend(points: Vec<Point>) -> Trend {
    let ranges = vec![Range { from: None, low: Some(3.5), high: Some(5.3) }];
    Trend {
        id: "k".into(),
        title: "Potassium".into(),
        unit: "mmol/L".into(),
        series: vec![Series { name: String::new(), points }],
        ranges,
        download: None,
    }
}

#[test]
fn the_sentence_says_when_the_range_was_left() {
    assert_eq!(
        Trend::sample().sentence(),
        "7 results since 3 May 2021. Latest 53 mmol/mol on 14 May 2026, above the reference range (20 to 48). \
         Outside the range since 8 October 2024. Lowest 40, highest 61."
    );
}

#[test]
fn the_sentence_says_when_a_value_came_back() {
    let points = vec![Point::new(date(2026, 1, 1), 5.9, "5.9"), Point::new(date(2026, 2, 1), 5.0, "5.0")];

    assert_eq!(
        trend(points).sentence(),
        "2 results since 1 January 2026. Latest 5.0 mmol/L on 1 February 2026, within the reference range (3.5 to 5.3). \
         Back within the range on 1 February 2026. Lowest 5.0, highest 5.9."
    );
}

#[test]
fn a_single_result_is_drawn_and_said() {
    let one = trend(vec![Point::new(date(2026, 1, 1), 2.9, "2.9")]);

    assert_eq!(one.sentence(), "1 result: 2.9 mmol/L on 1 January 2026, below the reference range (3.5 to 5.3).");
    assert!(one.render().into_string().contains("<polygon"));
}

#[test]
fn no_results_draw_nothing() {
    assert_eq!(trend(Vec::new()).render().into_string(), "");
    assert_eq!(Trend::default().render().into_string(), "");
}

#[test]
fn each_standing_has_its_own_shape_and_a_limit_of_measurement_is_open() {
    let mut points = vec![
        Point::new(date(2026, 1, 1), 4.0, "4.0"),
        Point::new(date(2026, 2, 1), 6.0, "6.0"),
        Point::new(date(2026, 3, 1), 7.2, "7.2"),
        Point::new(date(2026, 4, 1), 3.5, "3.5"),
    ];
    points[2].judged = Some(Standing::Critical);
    points[3].comparator = Comparator::Below;
    let html = trend(points).render().into_string();

    for part in [
        "<circle class=\"cw-mark\"",
        "cw-mark--out",
        "<rect class=\"cw-mark cw-mark--critical\"",
        "cw-mark cw-mark--open",
        "&lt;3.5",
    ] {
        assert!(html.contains(part), "{part} is missing");
    }
}

#[test]
fn the_laboratory_s_judgement_goes_before_ours_and_ranges_change_with_time() {
    let mut changed = trend(vec![Point::new(date(2026, 1, 1), 5.1, "5.1"), Point::new(date(2026, 6, 1), 5.1, "5.1")]);
    changed.ranges.push(Range { from: Some(date(2026, 3, 1)), low: Some(3.5), high: Some(5.0) });
    let standings: Vec<Standing> = changed.series[0].points.iter().map(|point| changed.standing(point)).collect();

    assert_eq!(standings, [Standing::Within, Standing::High]);
}

#[test]
fn the_file_to_take_away_is_safe_to_open_in_a_spreadsheet() {
    let mut chart = trend(vec![Point::new(date(2026, 1, 1), 4.0, "4.0")]);
    chart.series[0].points[0].source = "=HYPERLINK(\"x\"), Ltd".into();

    insta::assert_snapshot!(chart.csv().replace("\r\n", "\n"), @r#"
    date,measurement,value,unit,range_low,range_high,standing,source
    2026-01-01,Potassium,4.0,mmol/L,3.5,5.3,,"'=HYPERLINK(""x""), Ltd"
    "#);
}

#[test]
fn number_ticks_are_round_and_enclose_the_data() {
    assert_eq!(scale::nice(20.0, 61.0, 4.0), (vec![20.0, 40.0, 60.0, 80.0], 0));
    assert_eq!(scale::nice(3.5, 5.3, 4.0), (vec![3.5, 4.0, 4.5, 5.0, 5.5], 1));
    assert_eq!(scale::nice(7.0, 7.0, 4.0).0.first(), Some(&7.0));
}

#[test]
fn time_ticks_fit_the_width_and_stand_on_round_dates() {
    let labels =
        |from, until, most| scale::time(from, until, most).into_iter().map(|(_, label)| label).collect::<Vec<_>>();

    assert_eq!(labels(date(2021, 5, 3), date(2026, 5, 14), 7), ["2022", "2023", "2024", "2025", "2026"]);
    assert_eq!(labels(date(2026, 1, 9), date(2026, 8, 20), 4), ["Mar 2026", "May 2026", "Jul 2026"]);
    assert_eq!(labels(date(2026, 11, 2), date(2026, 11, 5), 7), ["2 Nov", "3 Nov", "4 Nov", "5 Nov"]);
    assert!(labels(date(1930, 1, 1), date(2026, 1, 1), 4).len() <= 11);
}

#[test]
fn the_drawings_are_as_they_were_looked_at() {
    insta::assert_snapshot!("trend", Trend::sample().render().into_string().replace("><", ">\n<"));
    insta::assert_snapshot!("pair", Trend::sample_pair().render().into_string().replace("><", ">\n<"));
}

fn measured() -> impl Strategy<Value = Point> {
    (0..2_000_i32, 0..400_i32, 0..4_u8).prop_map(|(day, value, judged)| {
        let on = date(2020, 1, 1).checked_add(jiff::ToSpan::days(day)).unwrap();
        let mut point = Point::new(on, f64::from(value) / 10.0, format!("{}.{}", value / 10, value % 10));
        point.judged = (judged == 0).then_some(Standing::Critical);
        point.comparator = if judged == 1 { Comparator::Above } else { Comparator::Exact };
        point
    })
}

fn measured_line(name: &'static str) -> impl Strategy<Value = Series> {
    prop::collection::vec(measured(), 0..25).prop_map(move |points| Series { name: name.into(), points })
}

proptest! {
    #[test]
    fn labels_stand_inside_the_frame_on_no_mark_and_on_no_other_label(
        series in (measured_line("Systolic"), measured_line("Diastolic"), any::<bool>()),
    ) {
        let (first, second, is_pair) = series;
        let series = if is_pair { vec![first, second] } else { vec![Series { name: String::new(), ..first }] };
        let chart = Trend { series, ..trend(Vec::new()) };

        for canvas in [draw::WIDE, draw::NARROW] {
            let Some((frame, marks, placed)) = draw::laid_out(&chart, canvas) else { continue };
            for (place, label) in placed.iter().enumerate() {
                prop_assert!(frame.holds(&label.area), "{label:?} leaves {frame:?}");
                for at in &marks {
                    let mark = labels::Area::around(*at, (labels::MARK_HALF, labels::MARK_HALF));
                    prop_assert!(!mark.overlaps(&label.area), "{label:?} lies on the mark at {at:?}");
                }
                for other in placed.iter().skip(place + 1) {
                    prop_assert!(!other.area.overlaps(&label.area), "{label:?} lies on {other:?}");
                }
            }
        }
    }
}

#[test]
fn few_critical_values_all_have_their_label_also_at_the_edges() {
    let critical = |year, value: f64| Point {
        judged: Some(Standing::Critical),
        ..Point::new(date(year, 1, 1), value, format!("{value}"))
    };
    let chart = trend(vec![critical(2020, 9.5), critical(2021, 1.5), critical(2022, 9.5)]);

    for canvas in [draw::WIDE, draw::NARROW] {
        assert_eq!(draw::laid_out(&chart, canvas).unwrap().2.len(), 3);
    }
}
