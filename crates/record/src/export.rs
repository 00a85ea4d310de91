//! Everything out again, as it is served.

use crate::Record;
use crate::error::{RecordError, Refusal};
use crate::logbook::{Outcome, about_many, draft};
use crate::read::Resource;
use crate::view::View;
use fhir::ResourceType;
use fhir::issue::IssueCode;
use fhir::search::Query;
use gate::{Action, Permit};
use roaring::RoaringBitmap;

/// Resources of one page of an export; each page has its entry in the log before it is given out.
const PAGE: usize = 1_000;

/// What went out.
#[derive(Clone, Debug, Default)]
pub struct Exported {
    /// How many resources.
    pub count: u64,
    /// Whose, by the numbers under which the access log knows people.
    pub people: RoaringBitmap,
}

impl Record {
    /// Gives `each` every resource of `kind` that the permit reaches, in the store's order; answers how many and whose.
    ///
    /// The entries of the log, with every person concerned, are on the disk before the data are given out.
    ///
    /// # Errors
    /// When the store cannot be read, the log not written, or `each` fails.
    pub fn export(
        &self,
        permit: &Permit,
        kind: ResourceType,
        each: &mut dyn FnMut(&Resource) -> std::io::Result<()>,
    ) -> Result<Exported, RecordError> {
        let inner = &self.inner;
        inner.require(permit, Action::Export)?;
        let view = View::of(inner, permit)?;
        let query = Query::of(kind);
        let mut page = store::PageRequest::first(PAGE);
        let mut exported = Exported::default();
        loop {
            let found = inner.store.read(|reader| reader.search(&view.visibility, &query, &page))?;
            let rows: Vec<Resource> = found.matches.into_iter().map(Resource::of).collect();
            if !rows.is_empty() {
                let mut entry = draft(permit, inner.clock.now_ms(), Outcome::Allowed);
                about_many(&mut entry, &view, &rows.iter().collect::<Vec<_>>(), found.parts_touched.clone());
                inner.log_strictly(entry)?;
            }
            exported.people.extend(found.parts_touched.iter().map(|part| part.number()));
            for row in &rows {
                exported.count += 1;
                each(row).map_err(|error| {
                    let sentence = format!("The export could not be written: {error}.");
                    RecordError::new(Refusal::NoRoom, IssueCode::Exception, sentence)
                })?;
            }
            match found.next {
                Some(next) => page.after = Some(next),
                None => return Ok(exported),
            }
        }
    }
}
