//! The tables say what the specification says.

use super::*;

#[test]
fn every_resource_type_has_a_shape() {
    for kind in crate::ResourceType::all() {
        let shape = definitions().shape(kind.name());
        assert!(shape.is_some_and(|shape| shape.property("id").is_some()), "{kind}");
    }
}

#[test]
fn elements_are_found_by_path() {
    let status = definitions().element("Observation.status").unwrap();

    assert_eq!((status.min, status.is_list, status.is_modifier()), (1, false, true));
    let codes = definitions().codes_of(&status.binding.unwrap()).unwrap();
    assert!(codes.has_code("final") && !codes.has_code("finished"));
    assert_eq!(codes.only_system(), Some("http://hl7.org/fhir/observation-status"));
}

#[test]
fn a_choice_has_a_property_for_every_type() {
    let shape = definitions().shape("Observation").unwrap();
    let (quantity, text) = (shape.property("valueQuantity").unwrap(), shape.property("valueString").unwrap());

    assert_eq!(quantity.slot, text.slot);
    assert_eq!(text.content, Content::Primitive(Primitive::String));
    assert_eq!(definitions().element_of(quantity).unwrap().path, "Observation.value[x]");
    assert!(shape.property("value").is_none());
}

#[test]
fn a_repeated_element_has_the_shape_of_the_first() {
    let component = definitions().shape("Observation.component").unwrap();
    let Content::Shape(id) = component.property("referenceRange").unwrap().content else { panic!("a shape") };

    assert_eq!(definitions().shape_of(id).unwrap().name, "Observation.referenceRange");
}

#[test]
fn inherited_elements_are_in_every_shape() {
    for (shape, name) in [
        ("Patient", "contained"),
        ("Patient", "meta"),
        ("Patient.contact", "modifierExtension"),
        ("Age", "value"),
        ("Timing", "modifierExtension"),
        ("Timing.repeat", "extension"),
        ("Bundle", "implicitRules"),
    ] {
        assert!(definitions().shape(shape).unwrap().property(name).is_some(), "{shape}.{name}");
    }
    assert!(definitions().shape("Bundle").unwrap().property("text").is_none());
    assert!(definitions().shape("Timing.repeat").unwrap().property("modifierExtension").is_none());
}

#[test]
fn every_property_is_found_has_a_content_and_fits_in_a_mask() {
    for shape in &definitions().shapes {
        for property in shape.properties() {
            let is_resource = property.content == Content::Resource;
            assert_eq!(is_resource, property.type_code == "Resource", "{}.{}", shape.name, property.name);
            assert!(property.slot < 128);
            assert_eq!(shape.property(&property.name).map(|found| &found.name), Some(&property.name));
        }
    }
}

#[test]
fn choices_are_named_as_fhirpath_names_them() {
    let path = |text| definitions().fhirpath(text).unwrap();

    assert_eq!(path("Patient.deceasedBoolean"), "Patient.deceased");
    assert_eq!(path("Observation.component[1].valueQuantity.value"), "Observation.component[1].value.value");
    assert_eq!(path("Observation.effective[x]"), "Observation.effective");
    assert_eq!(path("Patient.colour[2]"), "Patient.colour[2]");
}

#[test]
fn search_parameters_and_compartments_are_there() {
    let row = definitions().search_parameters().iter().find(|row| row.id == "Observation-code-value-quantity").unwrap();
    let members = definitions().compartments();

    assert_eq!(row.components, [("code", "code"), ("value-quantity", "value.as(Quantity)")]);
    assert!(definitions().search_parameters().is_sorted_by_key(|row| row.id));
    assert!(members.iter().any(|row| row.compartment == "Patient" && row.kind == "Observation"));
}
