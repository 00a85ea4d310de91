//! Everyday words for conditions, by SNOMED CT code.
//!
//! Only common conditions; the rest keep the words of the record. Next: `tests_explained`.

use super::{Plain, Words, look_up};

/// What a condition is, if we have words for it.
pub(crate) fn condition(code: &str) -> Option<Plain> {
    look_up(CONDITIONS, code)
}

/// Code, what people call it, what it is.
pub(super) const CONDITIONS: Words = &[
    (
        "59621000",
        "High blood pressure",
        "Your heart has to push blood round your body harder than it should. Most people do not feel it.",
    ),
    (
        "38341003",
        "High blood pressure",
        "Your heart has to push blood round your body harder than it should. Most people do not feel it.",
    ),
    (
        "44054006",
        "Type 2 diabetes",
        "There is too much sugar in your blood. Your body does not make or use insulin well.",
    ),
    (
        "46635009",
        "Type 1 diabetes",
        "There is too much sugar in your blood. Your body makes no insulin, so you need to take it.",
    ),
    (
        "15777000",
        "Raised blood sugar",
        "There is a bit too much sugar in your blood. It is not diabetes, but it can lead to it.",
    ),
    ("195967001", "Asthma", "The tubes in your lungs can get tight. That makes it hard to breathe at times."),
    (
        "13645005",
        "COPD (a lung condition)",
        "Your lungs are hurt and let less air through. You may cough and get out of breath.",
    ),
    (
        "433144002",
        "Kidneys that work less well (stage 3)",
        "Your kidneys clean your blood more slowly than they should.",
    ),
    ("709044004", "Kidneys that work less well", "Your kidneys clean your blood more slowly than they should."),
    ("414545008", "Heart disease", "The tubes that feed your heart have got narrow. This can cause chest pain."),
    (
        "49436004",
        "Atrial fibrillation (uneven heartbeat)",
        "Your heart beats out of time, and often fast. Blood clots can form, so many people take a blood thinner.",
    ),
    (
        "84114007",
        "Heart failure",
        "Your heart does not pump as well as it should. It has not stopped. You may feel tired or have swollen legs.",
    ),
    ("230690007", "Stroke", "The blood did not get to a part of your brain for a while."),
    ("35489007", "Depression", "You feel low or lose joy in things for weeks or months."),
    ("197480006", "Anxiety", "You feel worried or afraid much of the time, and it gets in the way of life."),
    ("52448006", "Dementia", "Your memory and thinking get worse over time."),
    ("84757009", "Epilepsy", "Bursts in the brain can cause fits, which are called seizures."),
    (
        "40930008",
        "Underactive thyroid",
        "A gland in your neck makes too little of what your body needs. You may feel tired and cold.",
    ),
    ("396275006", "Worn joints (osteoarthritis)", "Your joints hurt and get stiff because they are worn."),
    ("64859006", "Weak bones (osteoporosis)", "Your bones have got thin and can break more easily."),
    ("414916001", "Obesity", "Your weight is much higher than is good for your health."),
    ("235595009", "Acid reflux", "Acid from your stomach comes up and burns in your chest."),
    ("9014002", "Psoriasis", "Your skin gets red, dry and flaky in patches."),
    ("43116000", "Eczema", "Your skin gets dry, sore and itchy."),
    ("37796009", "Migraine", "You get bad headaches. You may feel sick or find light hard to bear."),
    ("254837009", "Breast cancer", "There is or was a cancer in your breast."),
    ("399068003", "Prostate cancer", "There is or was a cancer in your prostate, a gland below the bladder."),
    ("69896004", "Rheumatoid arthritis", "Your body fights its own joints. They get sore, swollen and stiff."),
    ("58214004", "Schizophrenia", "You may hear or believe things that others do not."),
    ("13746004", "Bipolar disorder", "Your mood can swing from very high to very low."),
    ("110359009", "Learning disability", "You may need more time or help to learn and to do some things."),
    ("90560007", "Gout", "Sharp grains form in a joint. It gets red, hot and sore."),
    ("23986001", "Glaucoma", "The pressure in your eye can hurt the nerve that you see with."),
    ("193570009", "Cataract", "The lens of your eye has gone cloudy."),
    ("15188001", "Hearing loss", "You do not hear as well as you did."),
    ("49049000", "Parkinson\u{2019}s disease", "Part of the brain slows down. You may shake and move more slowly."),
    ("10743008", "Irritable bowel syndrome (IBS)", "Your gut is upset: pain, wind, and loose or hard poo come and go."),
    ("404904002", "Frailty", "Your body takes longer to get well after an illness or a fall. You may need more help."),
    ("68566005", "Urine infection", "Germs have got into the parts that make and carry your wee."),
    ("233604007", "Pneumonia (chest infection)", "There is an infection deep in your lungs."),
    ("54150009", "Cold or throat infection", "Germs have got into your nose or throat."),
    ("65363002", "Ear infection", "Germs have got into your ear."),
    ("128045006", "Skin infection (cellulitis)", "Germs have got under your skin. It is red, hot and sore."),
    ("91302008", "Sepsis", "Your whole body reacts badly to an infection. It needs care fast."),
    ("5913000", "Broken hip", "The top of your thigh bone broke."),
    ("17222009", "Broken wrist", "A bone in your arm broke near the hand."),
    ("82271004", "Head injury", "You had a knock to the head."),
    ("57054005", "Heart attack", "The blood did not get to a part of your heart for a while."),
    (
        "14669001",
        "Kidneys that stopped working well for a time",
        "Your kidneys slowed down all at once. Often they get well again.",
    ),
    ("2776000", "Sudden confusion (delirium)", "You were confused for a short time, most often because of an illness."),
    ("161898004", "Falls", "You have had a fall, or more than one."),
];
