//! Birth of a service: `skynet_context_new`, the node's own start, and the simulator's driver.

use crate::base::Handle;
use crate::trace::Record;

use super::context::{Context, Life, ServiceId};
use super::node::{Halt, Kernel};
use super::service::{Service, Started};
use super::turn::Touch;

impl Kernel {
    /// Creates and starts a service in the turn of whoever asks; `None` if there is no such module
    /// or its init function fails, or if there are too many services already, which ends the run: memory would end real
    /// Skynet's, which is not the same everywhere.
    pub fn launch(&mut self, module_name: &str, args: &[u8]) -> Option<ServiceId> {
        self.arrive_all();
        self.touch(Touch::Changed);
        let module = self.modules.iter().find(|module| module.name() == module_name)?.clone();
        if self.launch_is_refused(module_name, args) {
            return None;
        }
        if self.handles.live() >= self.services_max {
            let text = format!("{} services are alive, and `limits.services` allows no more", self.services_max);
            self.halt(Halt::Crash(text));
            return None;
        }
        let id = ServiceId(self.contexts.len() as u32);
        let handle = self.handles.register(id);
        let label = self.fresh_label(module_name, args);
        self.contexts.push(Context::new(handle, module_name, args, label).counting_from(self.first_session));
        self.schedule.created(id);
        let object = module.create(self, args);
        self.start(id, object, args).then_some(id)
    }

    /// Starts a service of the simulator itself at a reserved address.
    pub fn launch_reserved(&mut self, handle: Handle, label: &str, object: Box<dyn Service>) -> ServiceId {
        let id = ServiceId(self.contexts.len() as u32);
        self.handles.reserve(handle, id);
        self.contexts.push(Context::new(handle, "skysim", b"", label.to_owned()));
        self.schedule.created(id);
        let context = self.context_mut(id);
        context.life = Life::Alive;
        context.service = Some(object);
        self.schedule.launched(id);
        id
    }

    fn start(&mut self, id: ServiceId, mut object: Box<dyn Service>, args: &[u8]) -> bool {
        let started = object.start(self, id, args);
        let (handle, module) = (self.context(id).handle, self.context(id).module.clone());
        match started {
            Started::Yes => {
                let context = self.context_mut(id);
                context.service = Some(object);
                if context.life == Life::Starting {
                    context.life = Life::Alive;
                }
                self.schedule.launched(id);
                if self.tracer.is_on() {
                    let name = self.context(id).label.clone();
                    self.tracer_record(&Record::Launch {
                        handle,
                        name: name.as_bytes(),
                        module: module.as_bytes(),
                        args,
                    });
                }
                self.log(handle, &[b"LAUNCH ", module.as_bytes(), b" ", args].concat());
                true
            }
            Started::No => {
                self.log(handle, format!("error: launch {module} FAILED").as_bytes());
                self.handles.retire(handle);
                self.names.retire(handle);
                object.stop(self);
                self.context_mut(id).life = Life::Dead;
                self.drain(id);
                false
            }
        }
    }

    /// The label of a new service: what the scenario planned for it, else what a Lua service is called, else its module; numbered from
    /// the second on.
    fn fresh_label(&mut self, module: &str, args: &[u8]) -> String {
        if module == "snlua"
            && let Some(index) = self.planned.iter().position(|(planned, _)| planned == args)
        {
            return self.planned.remove(index).1;
        }
        let first_word = args.split(u8::is_ascii_whitespace).find(|word| !word.is_empty());
        let base = match first_word {
            Some(word) if module == "snlua" => String::from_utf8_lossy(word).into_owned(),
            _ => module.to_owned(),
        };
        let count = self.labels.entry(base.clone()).or_insert(0);
        *count += 1;
        if *count == 1 { base } else { format!("{base}#{count}") }
    }

    /// Starts the node as `skynet_start` does: the logger, then the bootstrap service.
    pub fn boot(&mut self) {
        self.begin_event();
        let log_service = self.environment.text("logservice").unwrap_or("logger").to_owned();
        let log_args = self.log_file.clone().unwrap_or_default();
        let Some(logger) = self.launch(&log_service, log_args.as_bytes()) else {
            self.halt(Halt::Crash(format!("Can't launch {log_service} service")));
            return;
        };
        let handle = self.context(logger).handle;
        self.names.register(b"logger", handle);
        self.logger = Some(handle);
        let bootstrap = self.environment.text("bootstrap").unwrap_or("snlua bootstrap").to_owned();
        let (module, args) = bootstrap.split_once(' ').unwrap_or((&bootstrap, ""));
        if self.launch(module, args.trim_start().as_bytes()).is_none() {
            self.halt(Halt::Crash(format!("Bootstrap error : {bootstrap}")));
        }
    }
}
