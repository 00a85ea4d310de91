use fhir::{Json, ResourceType, json, search};
fn main() {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).expect("file");
        let lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()).take(300).collect();
        let kind = ResourceType::parse(json::parse(lines[0]).unwrap().get("resourceType").and_then(Json::text).unwrap()).unwrap();
        let (mut best_p, mut best_e, mut n) = (f64::MAX, f64::MAX, 0);
        for _ in 0..40 {
            let t = std::time::Instant::now();
            for l in &lines { std::hint::black_box(json::parse(l).unwrap()); }
            let p = t.elapsed().as_secs_f64();
            n = 0;
            let t = std::time::Instant::now();
            for l in &lines { let tree = json::parse(l).unwrap(); n += search::extract(kind, &tree).len(); }
            let e = t.elapsed().as_secs_f64();
            best_p = best_p.min(p); best_e = best_e.min(e);
        }
        let k = lines.len() as f64;
        println!("{kind}: parse {:.2} us, extract {:.2} us, {:.1} entries", best_p / k * 1e6, (best_e - best_p) / k * 1e6, n as f64 / k);
    }
}
