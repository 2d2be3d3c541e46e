//! Which adapter is meant.

use tunevote::gpu::{AdapterChoice, Engine, Features, adapters};
use tunevote::wgpu::{AdapterInfo, Backend, DeviceType};

fn machine() -> [AdapterInfo; 4] {
    [
        ("NVIDIA GeForce RTX 4090", DeviceType::DiscreteGpu),
        ("AMD Radeon Pro 5500M", DeviceType::DiscreteGpu),
        ("Intel UHD Graphics 630", DeviceType::IntegratedGpu),
        ("llvmpipe (LLVM 15.0.6, 256 bits)", DeviceType::Cpu),
    ]
    .map(|(name, kind)| AdapterInfo { name: name.into(), ..AdapterInfo::new(kind, Backend::Vulkan) })
}

fn among(text: &str) -> Result<usize, String> {
    text.parse::<AdapterChoice>().unwrap().among(&machine()).map_err(|error| error.to_string())
}

#[test]
fn by_kind_number_and_name() {
    for (text, want) in [
        ("", 0),
        ("best", 0),
        (" Discrete ", 0),
        ("integrated", 2),
        ("cpu", 3),
        ("0", 0),
        ("3", 3),
        ("radeon", 1),
        ("LLVMpipe", 3),
        // Numbers that are no positions are parts of names.
        ("4090", 0),
        ("5500", 1),
        ("630", 2),
        ("15", 3),
    ] {
        assert_eq!(among(text), Ok(want), "{text:?}");
    }
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    let list = "there are: 0 NVIDIA GeForce RTX 4090 (DiscreteGpu), 1 AMD Radeon Pro 5500M (DiscreteGpu), \
                2 Intel UHD Graphics 630 (IntegratedGpu), 3 llvmpipe (LLVM 15.0.6, 256 bits) (Cpu)";
    for (text, want) in [
        ("virtual", "no adapter is of the kind VirtualGpu"),
        ("7", "no adapter has the number 7 or a name that contains it"),
        ("voodoo", "no adapter has a name that contains voodoo"),
    ] {
        assert_eq!(among(text), Err(format!("{want}; {list}")), "{text:?}");
    }
    for choice in ["best", "cpu", "0", "x"] {
        let refused = choice.parse::<AdapterChoice>().unwrap().among(&[]).unwrap_err().to_string();
        assert!(refused.starts_with("no GPU adapter found; install a Vulkan driver"), "{refused}");
    }
}

#[test]
fn the_engine_opens_the_one_that_is_meant() {
    let infos: Vec<_> = pollster::block_on(adapters()).iter().map(|adapter| adapter.get_info()).collect();
    let open = |choice: &AdapterChoice| pollster::block_on(Engine::headless(choice, Features::Portable));
    for (index, info) in infos.iter().enumerate() {
        assert_eq!(open(&AdapterChoice::Index(index)).unwrap().info().name, info.name);
        assert_eq!(open(&AdapterChoice::Kind(info.device_type)).unwrap().info().device_type, info.device_type);
        assert_eq!(open(&AdapterChoice::Name(info.name.to_uppercase())).unwrap().info().name, info.name);
    }
    assert_eq!(open(&AdapterChoice::Best).unwrap().info().name, infos[0].name);
    let refused = open(&AdapterChoice::Name("no such thing".into())).unwrap_err().to_string();
    assert!(infos.iter().all(|info| refused.contains(&info.name)), "{refused}");
}
